package io.flosse.internal.channel.memory;

import io.flosse.channel.Channel.Loss;
import io.flosse.channel.ChannelUnavailableException;
import io.flosse.channel.Subscription;
import io.flosse.internal.channel.backend.ChannelBackend;
import io.flosse.internal.channel.backend.ChannelNames;
import io.flosse.internal.channel.backend.ChannelSettings;
import io.flosse.internal.channel.backend.JobStore;
import io.flosse.internal.channel.backend.Payload;
import io.flosse.internal.channel.backend.SubscriberOptions;
import io.flosse.internal.channel.fanout.LossCounters;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import java.util.stream.Collectors;

/** A backend in the memory of this process. */
public final class MemoryBackend implements ChannelBackend {

    private final ChannelSettings settings;
    private final Map<String, MemoryChannel> channels = new ConcurrentHashMap<>();
    private final MemoryJobStore jobStore;
    private volatile boolean closed;

    public MemoryBackend(ChannelSettings settings) {
        this.settings = settings;
        this.jobStore = new MemoryJobStore(settings.jobsKept(), (id, last) -> end(ChannelNames.JOB + id, last));
    }

    @Override
    public String publish(String name, Payload payload) {
        return withLiveChannel(name, channel -> Optional.ofNullable(channel.publish(payload)));
    }

    @Override
    public void end(String name, Optional<Payload> last) {
        withLiveChannel(name, channel -> channel.end(last) ? Optional.of(name) : Optional.empty());
    }

    @Override
    public Subscription subscribe(String name, SubscriberOptions options, Optional<String> lastEventId) {
        return withLiveChannel(name, channel -> channel.subscribe(options, lastEventId));
    }

    /** Runs an action on a channel. If the channel was retired meanwhile, retries with a new one of the same name. */
    private <T> T withLiveChannel(String name, Function<MemoryChannel, Optional<T>> action) {
        while (true) {
            MemoryChannel channel =
                    channels.computeIfAbsent(name, channelName -> new MemoryChannel(settings.limits(channelName)));
            if (closed) {
                channel.fanout().close();
                channels.remove(name, channel);
                throw new ChannelUnavailableException("These channels were closed; create a new Channels object", null);
            }
            Optional<T> result = action.apply(channel);
            if (result.isPresent()) {
                return result.get();
            }
        }
    }

    @Override
    public int subscribers(String name) {
        MemoryChannel channel = channels.get(name);
        return channel == null ? 0 : channel.fanout().subscribers();
    }

    @Override
    public Map<Loss, Long> lossCounters(String name) {
        MemoryChannel channel = channels.get(name);
        return channel == null ? new LossCounters().counts() : channel.fanout().losses();
    }

    @Override
    public Set<String> subscribed() {
        return channels.entrySet().stream()
                .filter(entry -> entry.getValue().fanout().subscribers() > 0)
                .map(Map.Entry::getKey)
                .collect(Collectors.toSet());
    }

    @Override
    public JobStore jobStore() {
        return jobStore;
    }

    @Override
    public boolean sweep() {
        jobStore.forget(id -> channels.remove(ChannelNames.JOB + id));
        for (String name : channels.keySet()) {
            channels.computeIfPresent(name, (key, channel) -> isRemovable(name, channel) ? null : channel);
        }
        return !channels.isEmpty() || !jobStore.isEmpty();
    }

    private boolean isRemovable(String name, MemoryChannel channel) {
        if (!ChannelSettings.isJob(name)) {
            return channel.fanout().retire(settings.history().age().toNanos());
        }
        boolean forgotten = jobStore.status(name.substring(ChannelNames.JOB.length())) == JobStore.Status.UNKNOWN;
        // Wakes subscribers that are still waiting or subscribed too late: no more events will follow.
        return forgotten && channel.end(Optional.empty());
    }

    @Override
    public void close() {
        closed = true; // set first: a thread that adds a channel after this closes the channel itself
        channels.values().forEach(channel -> channel.fanout().close());
        channels.clear();
    }
}
