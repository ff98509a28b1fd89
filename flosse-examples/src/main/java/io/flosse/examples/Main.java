package io.flosse.examples;

import io.flosse.auth.Tickets;
import io.helidon.config.Config;
import io.helidon.config.ConfigSources;
import io.helidon.logging.common.LogConfig;
import io.helidon.webserver.WebServer;
import io.helidon.webserver.security.SecurityFeature;
import java.io.IOException;
import java.time.Instant;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;

/** The examples server: one address for each thing that flosse does, and a page that shows them all. */
public final class Main {

    private Main() {}

    /**
     * Starts the server and prints the address of its page.
     *
     * @param arguments configuration such as {@code --server.port=0}
     * @throws IOException if the start of this process can't be read
     */
    public static void main(String[] arguments) throws IOException {
        Instant main = Instant.now();
        LogConfig.configureRuntime();
        WebServer server = start(Arguments.parse(arguments));
        System.out.println("flosse examples: http://127.0.0.1:" + server.port() + "/ (started in "
                + Startup.sinceStartOfProcess(main).toMillis() + " ms)");
    }

    /**
     * Starts the server.
     *
     * @param overrides configuration that wins over the environment and {@code application.yaml}
     * @return the running server
     */
    static WebServer start(Map<String, String> overrides) {
        Config config = Config.builder()
                .addSource(ConfigSources.create(overrides))
                .addSource(ConfigSources.systemProperties())
                .addSource(ConfigSources.environmentVariables())
                .addSource(ConfigSources.classpath("application.yaml"))
                .disableEnvironmentVariablesSource()
                .disableSystemPropertiesSource()
                .build();
        AtomicReference<WebServer> running = new AtomicReference<>();
        Tickets tickets = Tickets.builder().build();
        WebServer server = WebServer.builder()
                .config(config.get("server"))
                .addFeature(SecurityFeature.builder().security(Users.security()).build())
                .routing(routing -> routing.addFilter(Page::secureHeaders)
                        .register(
                                new Streams(tickets),
                                new Access(tickets, running::get),
                                Together.create(config.get("flosse")),
                                new Operations(running::get))
                        .register("/source", Page.files("/source"))
                        .register("/web", Page.files("/web"))
                        .get("/", Page::index))
                .build();
        running.set(server);
        return server.start();
    }
}
