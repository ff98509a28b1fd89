package io.flosse.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.flosse.ClientDisconnectedException;
import io.flosse.EventQueue;
import io.flosse.Generator;
import io.flosse.SseEvent;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

/** A generator whose source calls back can be tested without a server. */
class EventQueueWithoutServerTest {

    private final AtomicInteger cancels = new AtomicInteger();
    private final CompletableFuture<Throwable> thrownByCallback = new CompletableFuture<>();

    private Generator reading(Consumer<EventQueue<String>> source) {
        return (request, sink) -> {
            EventQueue<String> tokens = EventQueue.open(request, 2);
            tokens.onEnd(cancels::incrementAndGet);
            Thread.ofVirtual().start(() -> {
                try {
                    source.accept(tokens);
                } catch (RuntimeException e) {
                    thrownByCallback.complete(e);
                }
            });
            for (String token : tokens) {
                sink.yield("token", token);
            }
        };
    }

    @Test
    void queueIsReadToItsEnd() throws Exception {
        TestRequest request = TestRequest.get("/sse/answer");
        RecordingYield sink = RecordingYield.create();
        reading(tokens -> {
                    for (String word : "no token is lost".split(" ")) {
                        tokens.put(word);
                    }
                    tokens.complete();
                })
                .generate(request, sink);
        assertThat(sink.events()).extracting(SseEvent::data).containsExactly("no", "token", "is", "lost");
        request.done();
        assertThat(cancels).hasValue(1);
    }

    @Test
    void clientThatLeavesStopsTheSource() throws Exception {
        TestRequest request = TestRequest.get("/sse/answer");
        Generator endless = reading(tokens -> {
            while (true) {
                tokens.put("token");
            }
        });
        assertThatThrownBy(() -> endless.generate(request, RecordingYield.disconnectingAfter(3)))
                .isInstanceOf(ClientDisconnectedException.class);
        request.done();
        assertThat(cancels).hasValue(1);
        assertThat(thrownByCallback.get(10, TimeUnit.SECONDS)).isInstanceOf(io.flosse.StreamEndedException.class);
    }
}
