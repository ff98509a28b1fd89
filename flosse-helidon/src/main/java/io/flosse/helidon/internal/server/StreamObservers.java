package io.flosse.helidon.internal.server;

import io.flosse.StreamInfo;
import io.helidon.webserver.WebServer;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.List;
import java.util.function.Consumer;

/** Reports opened, refused and ended streams to the log, the metrics, Flight Recorder and the user's listener. */
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
            LOGGER.log(Level.DEBUG, "Stream metrics are disabled, because helidon-metrics-api is not available");
        }
    }

    void stopped() {
        updateMetrics(StreamMetrics::remove);
    }

    void opened(StreamInfo stream) {
        updateMetrics(StreamMetrics::opened);
        StreamJfr.opened(stream);
    }

    /** Reports a refused request; the reason becomes a tag of the metric. */
    public void refused(String reason) {
        updateMetrics(it -> it.refused(reason));
    }

    /** Reports a refused request that gets a 200, so that an EventSource reconnects. */
    public void refusedDisguised(String reason) {
        updateMetrics(it -> it.refusedDisguised(reason));
    }

    void ended(StreamInfo stream) {
        LOGGER.log(Level.DEBUG, () -> "Stream ended: " + stream);
        updateMetrics(it -> it.ended(stream));
        StreamJfr.ended(stream);
        notifySafely("The listener for ended streams", () -> listener.accept(stream));
    }

    private void updateMetrics(Consumer<StreamMetrics> update) {
        notifySafely("The metrics of streams", () -> metrics.forEach(update));
    }

    /** Notifies an observer. Its failure is logged and affects neither the stream nor the other observers. */
    private static void notifySafely(String observer, Runnable notification) {
        try {
            notification.run();
        } catch (Throwable e) {
            LOGGER.log(Level.ERROR, observer + " failed; the stream is not affected", e);
        }
    }
}
