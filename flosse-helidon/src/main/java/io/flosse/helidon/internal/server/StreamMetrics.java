package io.flosse.helidon.internal.server;

import io.flosse.StreamInfo;
import io.helidon.metrics.api.Counter;
import io.helidon.metrics.api.FunctionalCounter;
import io.helidon.metrics.api.Gauge;
import io.helidon.metrics.api.Meter;
import io.helidon.metrics.api.MeterRegistry;
import io.helidon.metrics.api.MetricsFactory;
import io.helidon.metrics.api.Tag;
import io.helidon.metrics.api.Timer;
import io.helidon.service.registry.Services;
import io.helidon.webserver.WebServer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.LongAdder;

/** The meters of one server's streams in Helidon's metrics. The tag {@code port} distinguishes the servers of a JVM. */
final class StreamMetrics {

    private final MeterRegistry registry = globalRegistry();
    private final Tag port;
    private final Counter opened;

    /**
     * The meters that refer to the server. They are removed when it stops, so that a later server can reuse the port.
     */
    private final List<Meter> serverMeters = new ArrayList<>();

    StreamMetrics(FlosseRuntime runtime, WebServer server) {
        port = Tag.create("port", Integer.toString(server.port()));
        List<Tag> tags = List.of(port);
        opened = registry.getOrCreate(Counter.builder("flosse.streams.opened")
                .description("Streams that were admitted")
                .tags(tags));
        serverMeters.add(registry.getOrCreate(Gauge.builder("flosse.streams.open", runtime::openStreamCount)
                .description("Streams that are open")
                .tags(tags)));
        registerTotal("flosse.events", "Events written", runtime.totals().events);
        registerTotal("flosse.bytes", "Bytes of frames written", runtime.totals().bytes);
        registerTotal("flosse.heartbeats", "Heartbeats written", runtime.totals().heartbeats);
        registerTotal("flosse.events.unwritten", "Events yielded but never written", runtime.totals().unwritten);
    }

    private static MeterRegistry globalRegistry() {
        return Services.first(MetricsFactory.class)
                .orElseGet(() -> factoryOfHelidon43())
                .globalRegistry();
    }

    /** Helidon 4.3 does not offer the factory as a service; later versions have removed this method. */
    @SuppressWarnings("removal")
    private static MetricsFactory factoryOfHelidon43() {
        return MetricsFactory.getInstance();
    }

    private void registerTotal(String name, String description, LongAdder sum) {
        serverMeters.add(registry.getOrCreate(FunctionalCounter.builder(name, sum, LongAdder::sum)
                .description(description)
                .tags(List.of(port))));
    }

    /** Removes the meters that refer to the server. */
    void remove() {
        serverMeters.forEach(registry::remove);
    }

    void opened() {
        opened.increment();
    }

    void refused(String reason) {
        countRefusal("flosse.streams.refused", "Requests that flosse refused", reason);
    }

    void refusedDisguised(String reason) {
        countRefusal(
                "flosse.streams.refused.disguised",
                "Refused requests that were answered with 200, so that an EventSource reconnects",
                reason);
    }

    private void countRefusal(String name, String description, String reason) {
        registry.getOrCreate(Counter.builder(name)
                        .description(description)
                        .tags(List.of(port, Tag.create("reason", reason))))
                .increment();
    }

    /** Records the duration of a stream. The timer's count is the number of streams that ended with this cause. */
    void ended(StreamInfo stream) {
        stream.cause()
                .ifPresent(cause -> registry.getOrCreate(Timer.builder("flosse.streams.duration")
                                .description("From the opening of a stream to its end")
                                .tags(List.of(port, Tag.create("cause", cause.name()))))
                        .record(stream.age()));
    }
}
