package io.flosse.examples;

import io.flosse.auth.Tickets;
import io.flosse.helidon.Flosse;
import io.helidon.config.Config;
import io.helidon.config.ConfigSources;
import io.helidon.http.HeaderNames;
import io.helidon.http.HeaderValues;
import io.helidon.http.ServerRequestHeaders;
import io.helidon.logging.common.LogConfig;
import io.helidon.webserver.WebServer;
import io.helidon.webserver.http.FilterChain;
import io.helidon.webserver.http.RoutingRequest;
import io.helidon.webserver.http.RoutingResponse;
import io.helidon.webserver.security.SecurityFeature;
import java.io.IOException;
import java.time.Instant;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;

/** The examples server: one path for each feature of flosse, and a web page that uses all of them. */
public final class Main {

    private Main() {}

    /**
     * Starts the server and prints the address of its page.
     *
     * @param arguments configuration such as {@code --server.port=0}
     * @throws IOException if the start time of this process cannot be read
     */
    public static void main(String[] arguments) throws IOException {
        Instant mainStart = Instant.now();
        LogConfig.configureRuntime();
        WebServer server = start(Arguments.parse(arguments));
        System.out.println("flosse examples: http://127.0.0.1:" + server.port() + "/ (started in "
                + Startup.sinceStartOfProcess(mainStart).toMillis() + " ms)");
    }

    /**
     * Starts the server.
     *
     * @param overrides configuration that overrides the environment and {@code application.yaml}
     * @return the running server
     */
    public static WebServer start(Map<String, String> overrides) {
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
                .update(Flosse::tune)
                .addFeature(SecurityFeature.builder().security(Users.security()).build())
                .routing(routing -> routing.addFilter(Page::secureHeaders)
                        .addFilter(Main::closeAfterBody)
                        .addFilter(SameOrigin::refuseChangesOfOtherSites)
                        .register(
                                new Streams(tickets),
                                new Access(tickets, config.get("flosse"), running::get),
                                ChannelService.create(config.get("flosse")),
                                new Operations(running::get))
                        .register("/source", Page.files("/source"))
                        .register("/web", Page.files("/web"))
                        .get("/", Page::index))
                .build();
        running.set(server);
        return server.start();
    }

    /**
     * Sets {@code Connection: close} on the response to a request with a body, since most routes here do not read it.
     * flosse's feature then closes the connection. Otherwise Helidon 4 would parse the unread body as the next request.
     */
    private static void closeAfterBody(FilterChain chain, RoutingRequest request, RoutingResponse response) {
        ServerRequestHeaders headers = request.headers();
        boolean hasLength =
                headers.contains(HeaderNames.CONTENT_LENGTH) && !headers.contains(HeaderValues.CONTENT_LENGTH_ZERO);
        boolean hasBody = hasLength || headers.contains(HeaderNames.TRANSFER_ENCODING);
        if (hasBody && request.prologue().protocolVersion().startsWith("1")) {
            response.header(HeaderValues.CONNECTION_CLOSE);
        }
        chain.proceed();
    }
}
