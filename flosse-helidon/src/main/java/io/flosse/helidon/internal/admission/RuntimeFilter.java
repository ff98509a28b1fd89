package io.flosse.helidon.internal.admission;

import io.flosse.helidon.internal.request.UnreadBody;
import io.flosse.helidon.internal.server.FlosseRuntime;
import io.helidon.webserver.ListenerContext;
import io.helidon.webserver.WebServer;
import io.helidon.webserver.http.Filter;
import io.helidon.webserver.http.FilterChain;
import io.helidon.webserver.http.RoutingRequest;
import io.helidon.webserver.http.RoutingResponse;
import org.jspecify.annotations.Nullable;

/**
 * Hands the server's runtime to the routes of one socket, learns when the server starts and stops, and closes connections
 * whose rest Helidon would parse as a request.
 */
public final class RuntimeFilter implements Filter {

    private final FlosseRuntime runtime;

    /** Set once the runtime can be found there. */
    private volatile @Nullable ListenerContext listener;

    public RuntimeFilter(FlosseRuntime runtime) {
        this.runtime = runtime;
    }

    @Override
    public void filter(FilterChain chain, RoutingRequest request, RoutingResponse response) {
        if (listener == null) {
            ListenerContext found = request.listenerContext();
            runtime.serves(found);
            listener = found;
        }
        UnreadBody.announceEnd(request, response);
        try {
            chain.proceed();
        } catch (RuntimeException | Error e) {
            // A filter after this one has thrown, so the answer is still to come.
            response.whenSent(() -> UnreadBody.endAnnounced(request, response));
            throw e;
        }
        UnreadBody.endAnnounced(request, response);
    }

    @Override
    public void afterStart(WebServer server) {
        runtime.started(server);
    }

    @Override
    public void afterStop() {
        ListenerContext served = listener;
        if (served != null) {
            runtime.servesNoMore(served);
        }
        runtime.stopped();
    }
}
