package io.flosse.benchmarks.peers;

import io.flosse.SseEvent;
import io.flosse.Yield;
import io.flosse.channel.Channel;
import io.flosse.channel.Channels;
import io.flosse.helidon.Flosse;
import io.helidon.webserver.http.HttpRouting;
import java.util.Map;

/** flosse, by its defaults. */
final class FlossePeer implements Peer {

    /** What a user of flosse would take for a broadcast. It keeps its last event, which is the one that all begin with. */
    private static final Channel NEWS =
            Channels.inMemory().historyEvents(1).channel("news").withHistory();

    @Override
    public int start() {
        NEWS.publish(SseEvent.of("~"));
        Hub.subscribe(text -> NEWS.publish(SseEvent.of(text)));
        return HelidonPeer.start(FlossePeer::route);
    }

    private static void route(HttpRouting.Builder routing, String address) {
        if (address.equals("/broadcast")) {
            routing.get(address, Flosse.subscribe(NEWS));
            return;
        }
        routing.get(
                address,
                Flosse.stream((request, sink) -> Loops.run(
                        address, request.query("n").map(Integer::parseInt).orElse(0), emitter(sink))));
    }

    private static Loops.Emitter emitter(Yield sink) {
        return new Loops.Emitter() {
            @Override
            public void text(String data) {
                sink.yield(data);
            }

            @Override
            public void json(Map<String, ?> data) {
                sink.yield(data);
            }
        };
    }
}
