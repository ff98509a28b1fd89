package io.flosse.internal.channel;

import io.flosse.channel.Channels;
import io.flosse.internal.Durations;
import io.flosse.internal.channel.backend.ChannelBackend;
import io.flosse.internal.channel.backend.ChannelSettings;
import io.flosse.internal.channel.backend.Retention;
import io.flosse.internal.channel.memory.MemoryBackend;
import java.time.Duration;
import java.util.Objects;
import java.util.function.Function;

/** Builds registries of channels on any backend. */
public final class ChannelsBuilder implements Channels.Builder {

    private final Function<ChannelSettings, ChannelBackend> backendFactory;
    private final OpenChannels owner;
    private ChannelSettings settings = ChannelSettings.defaults();

    /**
     * Creates a builder with the default options.
     *
     * @param backendFactory opens the backend of a registry at its first use
     * @param owner is told of each registry
     */
    public ChannelsBuilder(Function<ChannelSettings, ChannelBackend> backendFactory, OpenChannels owner) {
        this.backendFactory = backendFactory;
        this.owner = owner;
    }

    /**
     * Returns a builder of channels in the memory of this process.
     *
     * @return a new builder
     */
    public static Channels.Builder inMemory() {
        return new ChannelsBuilder(MemoryBackend::new, new OpenChannels());
    }

    @Override
    public Channels.Builder historyEvents(int max) {
        Retention history = settings.history();
        settings = settings.withHistory(
                new Retention((int) notNegative("historyEvents", max), history.bytes(), history.age()));
        return this;
    }

    @Override
    public Channels.Builder historyBytes(long max) {
        Retention history = settings.history();
        settings =
                settings.withHistory(new Retention(history.events(), notNegative("historyBytes", max), history.age()));
        return this;
    }

    @Override
    public Channels.Builder historyAge(Duration max) {
        Retention history = settings.history();
        settings = settings.withHistory(
                new Retention(history.events(), history.bytes(), Durations.positiveMillis("historyAge", max)));
        return this;
    }

    @Override
    public Channels.Builder jobBytes(long max) {
        settings = settings.withJobBytes(notNegative("jobBytes", max));
        return this;
    }

    @Override
    public Channels.Builder jobsKept(Duration time) {
        settings = settings.withJobsKept(Durations.positiveMillis("jobsKept", time));
        return this;
    }

    @Override
    public Channels.Builder maxChannels(int max) {
        if (max < 1) {
            throw new IllegalArgumentException("maxChannels must be at least 1, but is " + max);
        }
        settings = settings.withMaxChannels(max);
        return this;
    }

    @Override
    public Channels.Builder totalHistoryBytes(long max) {
        settings = settings.withTotalHistoryBytes(notNegative("totalHistoryBytes", max));
        return this;
    }

    @Override
    public Channels.Builder jsonEncoder(Function<Object, String> encoder) {
        settings = settings.withJsonEncoder(Objects.requireNonNull(encoder));
        return this;
    }

    @Override
    public Channels build() {
        ChannelRegistry registry = new ChannelRegistry(settings, backendFactory, owner);
        owner.add(registry);
        return registry;
    }

    private static long notNegative(String option, long value) {
        if (value < 0) {
            throw new IllegalArgumentException(option + " must not be negative, but is " + value);
        }
        return value;
    }
}
