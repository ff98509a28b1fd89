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

/** Channels in the memory of this process. */
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
        return inLife(name, channel -> Optional.ofNullable(channel.publish(payload)));
    }

    @Override
    public void end(String name, Optional<Payload> last) {
        inLife(name, channel -> channel.end(last) ? Optional.of(name) : Optional.empty());
    }

    @Override
    public Subscription subscribe(String name, SubscriberOptions options, Optional<String> lastEventId) {
        return inLife(name, channel -> channel.subscribe(options, lastEventId));
    }

    /** Asks a channel, or the next by this name if that was just let go of. */
    private <T> T inLife(String name, Function<MemoryChannel, Optional<T>> action) {
        while (true) {
            MemoryChannel channel = channels.computeIfAbsent(name, made -> new MemoryChannel(settings.limits(made)));
            if (closed) {
                channel.fanout().close();
                channels.remove(name, channel);
                throw new ChannelUnavailableException("These channels were closed", null);
            }
            Optional<T> answer = action.apply(channel);
            if (answer.isPresent()) {
                return answer.get();
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
        return channel == null ? new LossCounters().counts() : channel.fanout().lossCounters();
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
            channels.computeIfPresent(name, (same, channel) -> isOver(name, channel) ? null : channel);
        }
        return !channels.isEmpty() || !jobStore.isEmpty();
    }

    private boolean isOver(String name, MemoryChannel channel) {
        if (!ChannelSettings.isJob(name)) {
            return channel.fanout().retire(settings.history().age().toNanos());
        }
        boolean forgotten = jobStore.status(name.substring(ChannelNames.JOB.length())) == JobStore.Status.UNKNOWN;
        // Whoever still waits there, or came too late, learns that nothing will come.
        return forgotten && channel.end(Optional.empty());
    }

    @Override
    public void close() {
        closed = true; // before: what comes into the map later is closed by whoever puts it there
        channels.values().forEach(channel -> channel.fanout().close());
        channels.clear();
    }
}
