package io.flosse.internal.channel;

import io.flosse.channel.Channel;
import io.flosse.channel.ChannelUnavailableException;
import io.flosse.channel.Channels;
import io.flosse.channel.Job;
import io.flosse.channel.Source;
import io.flosse.internal.channel.backend.ChannelBackend;
import io.flosse.internal.channel.backend.ChannelNames;
import io.flosse.internal.channel.backend.ChannelSettings;
import io.flosse.internal.channel.backend.SubscriberOptions;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** A registry of channels on any backend: the settings and, once it is used, the runtime. */
public final class ChannelRegistry implements Channels {

    private final ChannelSettings settings;
    private final Function<ChannelSettings, ChannelBackend> backendFactory;
    private final OpenChannels owner;

    private volatile @Nullable ChannelsRuntime runtime;

    /** Guarded by this. */
    private boolean closed;

    /**
     * Creates a registry without channels.
     *
     * @param backendFactory opens the backend at the first use
     * @param owner closes the registry if it is still open
     */
    ChannelRegistry(
            ChannelSettings settings, Function<ChannelSettings, ChannelBackend> backendFactory, OpenChannels owner) {
        this.settings = settings;
        this.backendFactory = backendFactory;
        this.owner = owner;
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
    public Channel channel(String name) {
        return new ChannelView(this, ChannelNames.require("A channel's name", name), SubscriberOptions.defaults());
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
    public Optional<Source> job(String id) {
        return ChannelNames.isValid(id) && runtime().jobs().isKnown(id)
                ? Optional.of(new SourceView(
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
    public void close() {
        owner.remove(this);
        ChannelsRuntime started;
        synchronized (this) {
            closed = true;
            started = runtime;
            runtime = null;
        }
        if (started != null) {
            started.close(); // ends jobs, so it runs the users' functions
        }
    }
}
