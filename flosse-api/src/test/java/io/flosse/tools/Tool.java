package io.flosse.tools;

/**
 * A program that some tests start and that a machine may lack. A test names what it needs with {@link NeedsTools};
 * {@code .ci/run} hides all of them for its first run, and installs them for the second.
 */
public enum Tool {
    CHROMEDRIVER("chromedriver"),
    CHROMIUM("chromium"),
    CURL("curl"),
    HAPROXY("haproxy"),
    IP("ip"),
    NGHTTP("nghttp"),
    NGINX("nginx"),
    NODE("node"),
    NPM("npm"),
    REDIS_SERVER("redis-server"),
    STRACE("strace"),
    VARNISHD("varnishd");

    private final String program;

    Tool(String program) {
        this.program = program;
    }

    /** Returns the name of the program, as it is looked up on the PATH. */
    public String program() {
        return program;
    }

    /**
     * Returns where the program is.
     *
     * @throws IllegalStateException if the running test does not name this tool in {@link NeedsTools}
     */
    public String path() {
        return ToolPolicy.path(this).toString();
    }
}
