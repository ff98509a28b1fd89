package io.flosse.internal.channel;

import io.flosse.internal.channel.backend.ChannelBackend;
import io.flosse.internal.channel.backend.ChannelSettings;
import io.flosse.internal.channel.job.Jobs;
import io.flosse.internal.wire.Json;
import java.time.Duration;

/** The running parts of a registry: its backend, its jobs, and the maintenance of both. */
public final class ChannelsRuntime {

    private static final Duration MAX_INTERVAL = Duration.ofSeconds(1);

    private final ChannelBackend backend;
    private final Json json;
    private final Jobs jobs;
    private final Maintenance maintenance;

    public ChannelsRuntime(ChannelBackend backend, ChannelSettings settings) {
        this.backend = backend;
        json = new Json(settings.jsonEncoder()
                .<Json.ObjectWriter>map(encoder -> object -> Json.utf8(encoder.apply(object)))
                .orElse(ChannelsRuntime::rejectObject));
        jobs = new Jobs(backend, json);
        maintenance = new Maintenance(maintenanceInterval(settings), this::runMaintenance);
    }

    private static byte[] rejectObject(Object object) {
        throw new IllegalArgumentException(
                "No JSON support for " + object.getClass().getName()
                        + ": set an encoder with Channels.builder().jsonEncoder(...), or publish a map");
    }

    /** Returns a quarter of the shortest retention, between 10 ms and 1 s. Tests use short retentions. */
    private static Duration maintenanceInterval(ChannelSettings settings) {
        Duration shortest = settings.history().age().compareTo(settings.jobsKept()) < 0
                ? settings.history().age()
                : settings.jobsKept();
        Duration quarter = shortest.dividedBy(4);
        Duration minInterval = Duration.ofMillis(10);
        return quarter.compareTo(MAX_INTERVAL) > 0
                ? MAX_INTERVAL
                : quarter.compareTo(minInterval) < 0 ? minInterval : quarter;
    }

    private boolean runMaintenance() {
        boolean moreJobs = jobs.round();
        return backend.sweep() || moreJobs;
    }

    /** Starts maintenance if necessary. Called after each operation that may need it later. */
    void requestMaintenance() {
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
