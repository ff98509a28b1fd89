package io.flosse.benchmarks.peers;

import io.flosse.SseEvent;
import io.flosse.Yield;
import io.flosse.channel.Channel;
import io.flosse.channel.Channels;
import io.flosse.helidon.Flosse;
import io.helidon.webserver.http.HttpRouting;
import java.util.Map;

/**
 * flosse, by its defaults.
 *
 * @param sleeps what a generator waits by between two yields
 */
record FlossePeer(Sleeps sleeps) implements Peer {

    /** A way to wait. */
    interface Sleeps {
        void sleep(Yield sink, int millis) throws Exception;
    }

    /** What a user of flosse would take for a broadcast. It keeps its last event, which is the one that all begin with. */
    private static final Channel NEWS =
            Channels.builder().historyEvents(1).build().channel("news").withHistory();

    @Override
    public int start() throws Exception {
        return start(false);
    }

    @Override
    public int start(boolean tls) throws Exception {
        NEWS.publish(SseEvent.of("~"));
        Hub.subscribe(text -> NEWS.publish(SseEvent.of(text)));
        return HelidonPeer.start(this::route, tls);
    }

    private void route(HttpRouting.Builder routing, String address) {
        if (address.equals("/broadcast")) {
            routing.get(address, Flosse.subscribe(NEWS));
            return;
        }
        routing.get(
                address,
                Flosse.stream((request, sink) -> Loops.run(
                        address, request.query("n").map(Integer::parseInt).orElse(0), emitter(sink))));
    }

    private Loops.Emitter emitter(Yield sink) {
        return new Loops.Emitter() {
            @Override
            public void text(String data) {
                sink.yield(data);
            }

            @Override
            public void json(Map<String, ?> data) {
                sink.yield(data);
            }

            @Override
            public void sleep(int millis) throws Exception {
                sleeps.sleep(sink, millis);
            }
        };
    }
}
