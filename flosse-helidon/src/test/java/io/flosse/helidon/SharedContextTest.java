package io.flosse.helidon;

import static org.assertj.core.api.Assertions.assertThat;

import io.flosse.helidon.fixture.LifeServer;
import io.flosse.helidon.fixture.RawConnection;
import io.flosse.helidon.fixture.Wire;
import io.flosse.helidon.internal.server.FlosseRuntime;
import io.helidon.common.context.Context;
import io.helidon.webserver.ListenerContext;
import io.helidon.webserver.http.ServerRequest;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import org.junit.jupiter.api.Test;

/** Servers that share a listener context, which outlives each of them. */
class SharedContextTest {

    private final Context context = Context.create();
    private final BlockingQueue<ListenerContext> listeners = new LinkedBlockingQueue<>();

    private LifeServer serve() {
        SseRoute route = Flosse.stream((request, sink) ->
                listeners.add(request.unwrap(ServerRequest.class).orElseThrow().listenerContext()));
        return LifeServer.on(Wire.PLAIN)
                .get("/sse", route)
                .settings(settings -> settings.listenerContext(context))
                .start();
    }

    private ListenerContext listenerOf(LifeServer server) throws InterruptedException {
        try (RawConnection client = server.get("/sse").awaitEnd()) {
            assertThat(client.isComplete()).isTrue();
            return listeners.take();
        }
    }

    @Test
    void stoppedServerLeavesNothingInTheContext() throws InterruptedException {
        try (LifeServer other = serve()) {
            ListenerContext stays = listenerOf(other);
            ListenerContext goes;
            try (LifeServer server = serve()) {
                goes = listenerOf(server);
                assertThat(context.get(goes, FlosseRuntime.class)).isPresent();
            }

            assertThat(context.get(goes, FlosseRuntime.class)).isEmpty();
            assertThat(context.get(stays, FlosseRuntime.class)).isPresent();
        }
    }
}
