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
 * The filter of one socket of a server with the feature.
 *
 * <p>It registers the server's runtime for the routes of the socket and notifies the runtime of the server's start and
 * stop. It also closes connections on which Helidon would parse the rest of an unread body as the next request.
 */
public final class RuntimeFilter implements Filter {

    private final FlosseRuntime runtime;

    /** The context in which the runtime is registered; null before the first request. */
    private volatile @Nullable ListenerContext listener;

    public RuntimeFilter(FlosseRuntime runtime) {
        this.runtime = runtime;
    }

    @Override
    public void filter(FilterChain chain, RoutingRequest request, RoutingResponse response) {
        if (listener == null) {
            ListenerContext current = request.listenerContext();
            runtime.serves(current);
            listener = current;
        }
        UnreadBody.announceClose(request, response);
        try {
            chain.proceed();
        } catch (RuntimeException | Error e) {
            // A later filter has thrown; Helidon sends the response after this method returns.
            response.whenSent(() -> UnreadBody.closeIfUnread(request, response));
            throw e;
        }
        UnreadBody.closeIfUnread(request, response);
    }

    @Override
    public void afterStart(WebServer server) {
        runtime.started(server);
    }

    @Override
    public void afterStop() {
        ListenerContext registered = listener;
        if (registered != null) {
            runtime.servesNoMore(registered);
        }
        runtime.stopped();
    }
}
