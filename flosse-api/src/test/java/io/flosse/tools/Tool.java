package io.flosse.tools;

/**
 * A program that some tests start and that a machine may lack. A test declares it with {@link NeedsTools}. {@code .ci/run} hides
 * all tools in its first run and installs them for the second.
 */
public enum Tool {
    APACHE2("apache2"),
    CADDY("caddy"),
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

    /** Returns the name of the program as it is looked up on the PATH. */
    public String program() {
        return program;
    }

    /**
     * Returns the path of the program.
     *
     * @throws IllegalStateException if the running test does not declare this tool with {@link NeedsTools}
     */
    public String path() {
        return ToolPolicy.path(this).toString();
    }
}
