package io.flosse.helidon;

import io.helidon.webserver.WebServer;
import io.helidon.webserver.http.Filter;
import io.helidon.webserver.http.FilterChain;
import io.helidon.webserver.http.RoutingRequest;
import io.helidon.webserver.http.RoutingResponse;

/**
 * Hands the server's runtime to the routes of one socket, learns when the server starts and stops, and closes connections
 * whose rest Helidon would parse as a request.
 */
final class RuntimeFilter implements Filter {

    private final FlosseRuntime runtime;
    private volatile boolean told;

    RuntimeFilter(FlosseRuntime runtime) {
        this.runtime = runtime;
    }

    @Override
    public void filter(FilterChain chain, RoutingRequest request, RoutingResponse response) {
        if (!told) {
            runtime.serves(request);
            told = true;
        }
        UnreadBody.announceEnd(request, response);
        chain.proceed();
        UnreadBody.endAnnounced(request, response);
    }

    @Override
    public void afterStart(WebServer server) {
        runtime.started(server);
    }

    @Override
    public void afterStop() {
        runtime.stopped();
    }
}
