package io.flosse.helidon.internal.server;

/** How many servers of this JVM drain: a health check is the JVM's, since Helidon does not tell it which server asks. */
public final class DrainingServers {

    private static volatile int count;

    private DrainingServers() {}

    /**
     * How many servers drain now.
     *
     * @return the number
     */
    public static int count() {
        return count;
    }

    /**
     * Sets the number.
     *
     * @param servers how many servers drain now
     */
    public static void count(int servers) {
        count = servers;
    }
}
