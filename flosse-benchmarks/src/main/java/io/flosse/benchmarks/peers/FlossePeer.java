package io.flosse.benchmarks.peers;

import io.flosse.SseEvent;
import io.flosse.Yield;
import io.flosse.channel.Channel;
import io.flosse.channel.Channels;
import io.flosse.helidon.Flosse;
import io.helidon.webserver.http.HttpRouting;
import java.util.Map;

/**
 * flosse with its defaults.
 *
 * @param sleepMethod how a generator waits between two yields
 */
record FlossePeer(SleepMethod sleepMethod) implements Peer {

    /** A method to wait between two yields. */
    interface SleepMethod {
        void sleep(Yield sink, int millis) throws Exception;
    }

    /** The channel of the broadcast. Its history has one event, so that a new stream receives an event at once. */
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
        return HelidonPeer.start(this::addRoute, tls);
    }

    private void addRoute(HttpRouting.Builder routing, String path) {
        if (path.equals("/broadcast")) {
            routing.get(path, Flosse.subscribe(NEWS));
            return;
        }
        routing.get(
                path,
                Flosse.stream((request, sink) -> BlockingStreams.run(
                        path, request.query("n").map(Integer::parseInt).orElse(0), emitter(sink))));
    }

    private BlockingStreams.Emitter emitter(Yield sink) {
        return new BlockingStreams.Emitter() {
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
                sleepMethod.sleep(sink, millis);
            }
        };
    }
}
