package io.flosse.internal.channel;

import io.flosse.internal.channel.backend.ChannelBackend;
import io.flosse.internal.channel.backend.ChannelSettings;
import io.flosse.internal.channel.job.Jobs;
import io.flosse.internal.wire.Json;
import jakarta.json.spi.JsonProvider;
import java.nio.charset.StandardCharsets;
import java.time.Duration;

/** What a family has once it is used: its store, its jobs, and who looks after both. */
public final class ChannelsRuntime {

    private static final Duration ROUND = Duration.ofSeconds(1);

    private final ChannelBackend backend;
    private final Json json;
    private final Jobs jobs;
    private final Maintenance maintenance;

    public ChannelsRuntime(ChannelBackend backend, ChannelSettings settings) {
        this.backend = backend;
        json = new Json(
                JsonProvider.provider(),
                settings.objects()
                        .<Json.ObjectWriter>map(
                                writer -> object -> writer.apply(object).getBytes(StandardCharsets.UTF_8))
                        .orElse(ChannelsRuntime::refuse));
        jobs = new Jobs(backend, json);
        maintenance = new Maintenance(interval(settings), this::round);
    }

    private static byte[] refuse(Object object) {
        throw new IllegalArgumentException(
                "No JSON support for " + object.getClass().getName()
                        + ": say how such objects are written, by Channels.objects(...), or publish a map");
    }

    /** Often enough for short times too, as tests have them. */
    private static Duration interval(ChannelSettings settings) {
        Duration shortest = settings.history().age().compareTo(settings.jobsKept()) < 0
                ? settings.history().age()
                : settings.jobsKept();
        Duration quarter = shortest.dividedBy(4);
        Duration atLeast = Duration.ofMillis(10);
        return quarter.compareTo(ROUND) > 0 ? ROUND : quarter.compareTo(atLeast) < 0 ? atLeast : quarter;
    }

    private boolean round() {
        boolean jobsLeft = jobs.round();
        return backend.sweep() || jobsLeft;
    }

    /** To be called after whatever may have left something to look after. */
    void used() {
        maintenance.start();
    }

    ChannelBackend backend() {
        return backend;
    }

    Json json() {
        return json;
    }

    public Jobs jobs() {
        return jobs;
    }

    public void close() {
        maintenance.close();
        jobs.close();
        backend.close();
    }
}
