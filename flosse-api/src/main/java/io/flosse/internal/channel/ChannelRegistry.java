package io.flosse.internal.channel;

import io.flosse.channel.Channel;
import io.flosse.channel.ChannelUnavailableException;
import io.flosse.channel.Channels;
import io.flosse.channel.Job;
import io.flosse.internal.Durations;
import io.flosse.internal.channel.backend.ChannelBackend;
import io.flosse.internal.channel.backend.ChannelNames;
import io.flosse.internal.channel.backend.ChannelSettings;
import io.flosse.internal.channel.backend.Retention;
import io.flosse.internal.channel.backend.SubscriberOptions;
import io.flosse.internal.channel.memory.MemoryBackend;
import java.time.Duration;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** A registry of channels on any backend: the settings and, once it is used, the runtime. */
public final class ChannelRegistry implements Channels {

    private final ChannelSettings settings;
    private final Function<ChannelSettings, ChannelBackend> backendFactory;

    private volatile @Nullable ChannelsRuntime runtime;

    /** Guarded by this. */
    private boolean closed;

    /**
     * Creates a registry without channels.
     *
     * @param backendFactory opens the backend at the first use
     */
    public ChannelRegistry(Function<ChannelSettings, ChannelBackend> backendFactory) {
        this(ChannelSettings.defaults(), backendFactory);
    }

    private ChannelRegistry(ChannelSettings settings, Function<ChannelSettings, ChannelBackend> backendFactory) {
        this.settings = settings;
        this.backendFactory = backendFactory;
    }

    /**
     * Creates a registry in the memory of this process.
     *
     * @return a new registry
     */
    public static Channels inMemory() {
        return new ChannelRegistry(MemoryBackend::new);
    }

    ChannelsRuntime runtime() {
        ChannelsRuntime started = runtime;
        return started != null ? started : startRuntime();
    }

    /** Returns the runtime, empty if the registry has not been used or was closed. */
    Optional<ChannelsRuntime> runtimeIfStarted() {
        return Optional.ofNullable(runtime);
    }

    private synchronized ChannelsRuntime startRuntime() {
        if (closed) {
            throw new ChannelUnavailableException("These channels were closed; create a new Channels object", null);
        }
        ChannelsRuntime started = runtime;
        if (started == null) {
            started = new ChannelsRuntime(backendFactory.apply(settings), settings);
            runtime = started;
        }
        return started;
    }

    @Override
    public Channels historyEvents(int max) {
        Retention history = settings.history();
        return withSettings(settings.withHistory(
                new Retention((int) notNegative("historyEvents", max), history.bytes(), history.age())));
    }

    @Override
    public Channels historyBytes(long max) {
        Retention history = settings.history();
        return withSettings(settings.withHistory(
                new Retention(history.events(), notNegative("historyBytes", max), history.age())));
    }

    @Override
    public Channels historyAge(Duration max) {
        Retention history = settings.history();
        return withSettings(settings.withHistory(
                new Retention(history.events(), history.bytes(), Durations.positiveMillis("historyAge", max))));
    }

    @Override
    public Channels jobBytes(long max) {
        return withSettings(settings.withJobBytes(notNegative("jobBytes", max)));
    }

    @Override
    public Channels jobsKept(Duration time) {
        return withSettings(settings.withJobsKept(Durations.positiveMillis("jobsKept", time)));
    }

    @Override
    public Channels objects(Function<Object, String> jsonEncoder) {
        return withSettings(settings.withJsonEncoder(Objects.requireNonNull(jsonEncoder)));
    }

    private Channels withSettings(ChannelSettings changed) {
        return new ChannelRegistry(changed, backendFactory);
    }

    private static long notNegative(String option, long value) {
        if (value < 0) {
            throw new IllegalArgumentException(option + " must not be negative, but is " + value);
        }
        return value;
    }

    @Override
    public Channel channel(String name) {
        return new ChannelView(
                this, ChannelNames.require("A channel's name", name), name, SubscriberOptions.defaults());
    }

    @Override
    public String start(Job job) {
        String id = UUID.randomUUID().toString();
        start(id, job);
        return id;
    }

    @Override
    public boolean start(String id, Job job) {
        Objects.requireNonNull(job);
        ChannelNames.require("A job's id", id);
        ChannelsRuntime started = runtime();
        try {
            return started.jobs().start(id, job);
        } finally {
            started.requestMaintenance();
        }
    }

    @Override
    public Optional<Channel> job(String id) {
        return ChannelNames.isValid(id) && runtime().jobs().isKnown(id)
                ? Optional.of(new ChannelView(
                        this,
                        id,
                        ChannelNames.JOB + id,
                        SubscriberOptions.defaults().withHistory()))
                : Optional.empty();
    }

    @Override
    public boolean cancel(String id) {
        return ChannelNames.isValid(id) && runtime().jobs().cancel(id);
    }

    @Override
    public synchronized void close() {
        closed = true;
        ChannelsRuntime started = runtime;
        if (started != null) {
            runtime = null;
            started.close();
        }
    }
}
