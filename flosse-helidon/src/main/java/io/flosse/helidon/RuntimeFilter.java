package io.flosse.helidon;

import io.helidon.webserver.WebServer;
import io.helidon.webserver.http.Filter;
import io.helidon.webserver.http.FilterChain;
import io.helidon.webserver.http.RoutingRequest;
import io.helidon.webserver.http.RoutingResponse;

/** Hands the server's runtime to the routes of one socket, and learns when the server starts and stops. */
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
        chain.proceed();
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
