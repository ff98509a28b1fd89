package io.flosse.benchmarks.peers;

import io.flosse.Yield;
import io.flosse.helidon.Flosse;
import io.helidon.webserver.http.HttpRouting;
import java.util.Map;

/** flosse, by its defaults. */
final class FlossePeer implements Peer {

    @Override
    public int start() {
        return HelidonPeer.start(FlossePeer::route);
    }

    private static void route(HttpRouting.Builder routing, String address) {
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
