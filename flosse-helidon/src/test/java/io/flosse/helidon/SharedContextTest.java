package io.flosse.helidon;

import static org.assertj.core.api.Assertions.assertThat;

import io.flosse.helidon.fixture.RawConnection;
import io.flosse.helidon.fixture.SocketType;
import io.flosse.helidon.fixture.TestServer;
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

    private TestServer serve() {
        SseRoute route = Flosse.stream((request, sink) ->
                listeners.add(request.unwrap(ServerRequest.class).orElseThrow().listenerContext()));
        return TestServer.on(SocketType.PLAIN)
                .get("/sse", route)
                .settings(settings -> settings.listenerContext(context))
                .start();
    }

    private ListenerContext listenerOf(TestServer server) throws InterruptedException {
        try (RawConnection client = server.get("/sse").awaitEnd()) {
            assertThat(client.isComplete()).isTrue();
            return listeners.take();
        }
    }

    @Test
    void stoppedServerRemovesItsEntryFromTheContext() throws InterruptedException {
        try (TestServer other = serve()) {
            ListenerContext stays = listenerOf(other);
            ListenerContext goes;
            try (TestServer server = serve()) {
                goes = listenerOf(server);
                assertThat(context.get(goes, FlosseRuntime.class)).isPresent();
            }

            assertThat(context.get(goes, FlosseRuntime.class)).isEmpty();
            assertThat(context.get(stays, FlosseRuntime.class)).isPresent();
        }
    }
}
