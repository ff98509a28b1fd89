package io.flosse.helidon.internal.server;

/**
 * The number of draining servers in this JVM. The health check reports for the whole JVM, because Helidon does not tell
 * it which server asks.
 */
public final class DrainingServers {

    private static volatile int count;

    private DrainingServers() {}

    /**
     * Returns the number of servers that are draining.
     *
     * @return the number
     */
    public static int count() {
        return count;
    }

    /**
     * Sets the number of draining servers.
     *
     * @param servers the number of servers that are draining
     */
    public static void count(int servers) {
        count = servers;
    }
}
