package io.flosse.internal.channel;

import io.flosse.channel.Channel;
import io.flosse.channel.ChannelUnavailableException;
import io.flosse.channel.Channels;
import io.flosse.channel.Job;
import io.flosse.internal.Durations;
import java.time.Duration;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** A family of channels on any backend: settings, and once it is used what runs. */
public final class ChannelFamily implements Channels {

    private final ChannelSettings settings;
    private final Function<ChannelSettings, ChannelBackend> opener;

    private volatile @Nullable Running running;

    /** Guarded by this. */
    private boolean closed;

    /**
     * A family without channels.
     *
     * @param opener opens the backend, with the first use
     */
    public ChannelFamily(Function<ChannelSettings, ChannelBackend> opener) {
        this(ChannelSettings.defaults(), opener);
    }

    private ChannelFamily(ChannelSettings settings, Function<ChannelSettings, ChannelBackend> opener) {
        this.settings = settings;
        this.opener = opener;
    }

    /**
     * A family in this process's memory.
     *
     * @return a new family
     */
    public static Channels inMemory() {
        return new ChannelFamily(MemoryBackend::new);
    }

    Running running() {
        Running current = running;
        return current != null ? current : open();
    }

    /** What runs, empty if nobody has used it so far. */
    Optional<Running> ifRunning() {
        return Optional.ofNullable(running);
    }

    private synchronized Running open() {
        if (closed) {
            throw new ChannelUnavailableException("These channels were closed", null);
        }
        Running current = running;
        if (current == null) {
            current = new Running(opener.apply(settings), settings);
            running = current;
        }
        return current;
    }

    @Override
    public Channels historyEvents(int most) {
        Limits history = settings.history();
        return with(settings.withHistory(
                new Limits((int) notNegative("historyEvents", most), history.bytes(), history.age())));
    }

    @Override
    public Channels historyBytes(long most) {
        Limits history = settings.history();
        return with(
                settings.withHistory(new Limits(history.events(), notNegative("historyBytes", most), history.age())));
    }

    @Override
    public Channels historyAge(Duration most) {
        Limits history = settings.history();
        return with(settings.withHistory(
                new Limits(history.events(), history.bytes(), Durations.positiveMillis("historyAge", most))));
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
        return new ChannelFamily(changed, opener);
    }

    private static long notNegative(String what, long value) {
        if (value < 0) {
            throw new IllegalArgumentException(what + " must not be negative, but is " + value);
        }
        return value;
    }

    @Override
    public Channel channel(String name) {
        return new ChannelHandle(this, Names.require("A channel's name", name), name, SubscriberOptions.defaults());
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
        Names.require("A job's id", id);
        Running current = running();
        try {
            return current.jobs().start(id, job);
        } finally {
            current.used();
        }
    }

    @Override
    public Optional<Channel> job(String id) {
        return Names.isValid(id) && running().jobs().isKnown(id)
                ? Optional.of(new ChannelHandle(
                        this, id, Names.JOB + id, SubscriberOptions.defaults().withHistory()))
                : Optional.empty();
    }

    @Override
    public boolean cancel(String id) {
        return Names.isValid(id) && running().jobs().cancel(id);
    }

    @Override
    public synchronized void close() {
        closed = true;
        Running current = running;
        if (current != null) {
            running = null;
            current.close();
        }
    }
}
