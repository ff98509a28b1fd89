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

/** A family of channels on any backend: settings, and once it is used what runs. */
public final class ChannelRegistry implements Channels {

    private final ChannelSettings settings;
    private final Function<ChannelSettings, ChannelBackend> opener;

    private volatile @Nullable ChannelsRuntime running;

    /** Guarded by this. */
    private boolean closed;

    /**
     * A family without channels.
     *
     * @param opener opens the backend, with the first use
     */
    public ChannelRegistry(Function<ChannelSettings, ChannelBackend> opener) {
        this(ChannelSettings.defaults(), opener);
    }

    private ChannelRegistry(ChannelSettings settings, Function<ChannelSettings, ChannelBackend> opener) {
        this.settings = settings;
        this.opener = opener;
    }

    /**
     * A family in this process's memory.
     *
     * @return a new family
     */
    public static Channels inMemory() {
        return new ChannelRegistry(MemoryBackend::new);
    }

    ChannelsRuntime running() {
        ChannelsRuntime current = running;
        return current != null ? current : open();
    }

    /** What runs, empty if nobody has used it so far. */
    Optional<ChannelsRuntime> ifRunning() {
        return Optional.ofNullable(running);
    }

    private synchronized ChannelsRuntime open() {
        if (closed) {
            throw new ChannelUnavailableException("These channels were closed", null);
        }
        ChannelsRuntime current = running;
        if (current == null) {
            current = new ChannelsRuntime(opener.apply(settings), settings);
            running = current;
        }
        return current;
    }

    @Override
    public Channels historyEvents(int most) {
        Retention history = settings.history();
        return with(settings.withHistory(
                new Retention((int) notNegative("historyEvents", most), history.bytes(), history.age())));
    }

    @Override
    public Channels historyBytes(long most) {
        Retention history = settings.history();
        return with(settings.withHistory(
                new Retention(history.events(), notNegative("historyBytes", most), history.age())));
    }

    @Override
    public Channels historyAge(Duration most) {
        Retention history = settings.history();
        return with(settings.withHistory(
                new Retention(history.events(), history.bytes(), Durations.positiveMillis("historyAge", most))));
    }

    @Override
    public Channels jobBytes(long most) {
        return with(settings.withJobBytes(notNegative("jobBytes", most)));
    }

    @Override
    public Channels jobsKept(Duration time) {
        return with(settings.withJobsKept(Durations.positiveMillis("jobsKept", time)));
    }

    @Override
    public Channels objects(Function<Object, String> json) {
        return with(settings.withObjects(Objects.requireNonNull(json)));
    }

    private Channels with(ChannelSettings changed) {
        return new ChannelRegistry(changed, opener);
    }

    private static long notNegative(String what, long value) {
        if (value < 0) {
            throw new IllegalArgumentException(what + " must not be negative, but is " + value);
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
        ChannelsRuntime current = running();
        try {
            return current.jobs().start(id, job);
        } finally {
            current.used();
        }
    }

    @Override
    public Optional<Channel> job(String id) {
        return ChannelNames.isValid(id) && running().jobs().isKnown(id)
                ? Optional.of(new ChannelView(
                        this,
                        id,
                        ChannelNames.JOB + id,
                        SubscriberOptions.defaults().withHistory()))
                : Optional.empty();
    }

    @Override
    public boolean cancel(String id) {
        return ChannelNames.isValid(id) && running().jobs().cancel(id);
    }

    @Override
    public synchronized void close() {
        closed = true;
        ChannelsRuntime current = running;
        if (current != null) {
            running = null;
            current.close();
        }
    }
}
