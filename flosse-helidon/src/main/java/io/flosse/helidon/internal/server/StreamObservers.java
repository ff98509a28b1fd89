package io.flosse.helidon.internal.server;

import io.flosse.StreamInfo;
import io.helidon.webserver.WebServer;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.List;
import java.util.function.Consumer;

/** Tells of the openings, refusals and ends of streams: the log, the metrics, Flight Recorder, and the user's listener. */
public final class StreamObservers {

    private static final Logger LOGGER = System.getLogger("io.flosse");

    private final Consumer<StreamInfo> listener;
    private volatile List<StreamMetrics> metrics = List.of();

    StreamObservers(Consumer<StreamInfo> listener) {
        this.listener = listener;
    }

    void started(FlosseRuntime runtime, WebServer server) {
        try {
            metrics = List.of(new StreamMetrics(runtime, server));
        } catch (NoClassDefFoundError absent) {
            // helidon-metrics-api is optional.
            LOGGER.log(Level.DEBUG, "No metrics of streams, since helidon-metrics-api is not there");
        }
    }

    void stopped() {
        measure(StreamMetrics::remove);
    }

    void opened(StreamInfo stream) {
        measure(StreamMetrics::opened);
        StreamJfr.opened(stream);
    }

    public void refused(String reason) {
        measure(it -> it.refused(reason));
    }

    void ended(StreamInfo stream) {
        LOGGER.log(Level.DEBUG, () -> "Stream ended: " + stream);
        measure(it -> it.ended(stream));
        StreamJfr.ended(stream);
        carefully("The listener for ended streams", () -> listener.accept(stream));
    }

    private void measure(Consumer<StreamMetrics> telling) {
        carefully("The metrics of streams", () -> metrics.forEach(telling));
    }

    /** Whoever is told may fail; the stream and those who are told after him must not. */
    private static void carefully(String who, Runnable telling) {
        try {
            telling.run();
        } catch (Throwable e) {
            LOGGER.log(Level.ERROR, who + " failed", e);
        }
    }
}
