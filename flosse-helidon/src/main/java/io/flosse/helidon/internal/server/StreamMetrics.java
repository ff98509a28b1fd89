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

/** The streams of one server in Helidon's metrics, told from those of other servers of the JVM by the tag {@code port}. */
final class StreamMetrics {

    private final MeterRegistry registry = globalRegistry();
    private final Tag port;
    private final Counter opened;

    /** Those that hold on to the server, and would hide one that comes after it on the same port. */
    private final List<Meter> ofServer = new ArrayList<>();

    StreamMetrics(FlosseRuntime runtime, WebServer server) {
        port = Tag.create("port", Integer.toString(server.port()));
        List<Tag> tags = List.of(port);
        opened = registry.getOrCreate(Counter.builder("flosse.streams.opened")
                .description("Streams that passed the gates")
                .tags(tags));
        ofServer.add(registry.getOrCreate(Gauge.builder("flosse.streams.open", runtime::size)
                .description("Streams that are open")
                .tags(tags)));
        total("flosse.events", "Events written", runtime.totals().events);
        total("flosse.bytes", "Bytes of frames written", runtime.totals().bytes);
        total("flosse.heartbeats", "Heartbeats written", runtime.totals().heartbeats);
        total("flosse.events.unwritten", "Events yielded but never written", runtime.totals().unwritten);
    }

    private static MeterRegistry globalRegistry() {
        return Services.first(MetricsFactory.class)
                .orElseGet(() -> factoryOfHelidon43())
                .globalRegistry();
    }

    /** In 4.3 the factory is no service yet; later versions have removed this way to it. */
    @SuppressWarnings("removal")
    private static MetricsFactory factoryOfHelidon43() {
        return MetricsFactory.getInstance();
    }

    private void total(String name, String description, LongAdder sum) {
        ofServer.add(registry.getOrCreate(FunctionalCounter.builder(name, sum, LongAdder::sum)
                .description(description)
                .tags(List.of(port))));
    }

    /** The server has stopped. */
    void remove() {
        ofServer.forEach(registry::remove);
    }

    void opened() {
        opened.increment();
    }

    void refused(String reason) {
        registry.getOrCreate(Counter.builder("flosse.streams.refused")
                        .description("Requests that a gate of flosse refused")
                        .tags(List.of(port, Tag.create("reason", reason))))
                .increment();
    }

    /** How many streams ended for each cause is the count of this timer. */
    void ended(StreamInfo stream) {
        stream.cause()
                .ifPresent(cause -> registry.getOrCreate(Timer.builder("flosse.streams.duration")
                                .description("From the opening of a stream to its end")
                                .tags(List.of(port, Tag.create("cause", cause.name()))))
                        .record(stream.age()));
    }
}
