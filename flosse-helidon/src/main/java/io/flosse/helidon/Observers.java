package io.flosse.helidon;

import io.flosse.StreamInfo;
import io.helidon.webserver.WebServer;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.List;
import java.util.function.Consumer;

/** Tells of the openings, refusals and ends of streams: the log, the metrics, Flight Recorder, and the user's listener. */
final class Observers {

    private static final Logger LOGGER = System.getLogger("io.flosse");

    private final Consumer<StreamInfo> listener;
    private volatile List<StreamMetrics> metrics = List.of();

    Observers(Consumer<StreamInfo> listener) {
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
        metrics.forEach(StreamMetrics::remove);
    }

    void opened(StreamInfo stream) {
        metrics.forEach(StreamMetrics::opened);
        StreamJfr.opened(stream);
    }

    void refused(String reason) {
        metrics.forEach(it -> it.refused(reason));
    }

    void ended(StreamInfo stream) {
        LOGGER.log(Level.DEBUG, () -> "Stream ended: " + stream);
        metrics.forEach(it -> it.ended(stream));
        StreamJfr.ended(stream);
        try {
            listener.accept(stream);
        } catch (Throwable e) {
            LOGGER.log(Level.ERROR, "The listener for ended streams failed", e);
        }
    }
}
