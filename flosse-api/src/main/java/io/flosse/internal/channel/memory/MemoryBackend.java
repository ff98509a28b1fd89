package io.flosse.internal.channel.memory;

import io.flosse.channel.Channel.Loss;
import io.flosse.channel.ChannelUnavailableException;
import io.flosse.channel.Subscription;
import io.flosse.internal.channel.backend.ChannelBackend;
import io.flosse.internal.channel.backend.ChannelSettings;
import io.flosse.internal.channel.backend.ChannelTable;
import io.flosse.internal.channel.backend.HistoryBudget;
import io.flosse.internal.channel.backend.JobStore;
import io.flosse.internal.channel.backend.JobStore.Status;
import io.flosse.internal.channel.backend.Payload;
import io.flosse.internal.channel.backend.Retention;
import io.flosse.internal.channel.backend.SubscriberOptions;
import io.flosse.internal.channel.fanout.LossCounters;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;

/** A backend in the memory of this process. */
public final class MemoryBackend implements ChannelBackend, ChannelTable.Owner<MemoryChannel> {

    private final ChannelSettings settings;
    private final ChannelTable<MemoryChannel> channels;
    private final HistoryBudget budget;
    private final MemoryJobStore jobStore;
    private volatile boolean closed;

    public MemoryBackend(ChannelSettings settings) {
        this.settings = settings;
        this.channels = new ChannelTable<>(settings.maxChannels(), this);
        this.budget = new HistoryBudget(settings.totalHistoryBytes());
        this.jobStore = new MemoryJobStore(settings.jobsKept(), this::addJobChannel, this::endJobChannel);
    }

    @Override
    public String publish(String name, Payload payload) {
        if (channels.get(name) == null) {
            requireRoom(name, payload);
        }
        return withLiveChannel(name, channel -> {
            Optional<String> id = Optional.ofNullable(channel.publish(payload));
            id.ifPresent(published -> wasUsed(name, channel));
            return id;
        });
    }

    /** Makes room for the first event of a new channel. Refuses the channel if the histories of others are all used. */
    private void requireRoom(String name, Payload payload) {
        Retention retention = settings.limits(name);
        long memory = payload.memory();
        if (retention.events() == 0 || MemoryChannel.bytes(payload) > retention.bytes() || memory > budget.max()) {
            return; // it is delivered and not kept, so it needs no room
        }
        while (!budget.hasRoomFor(memory)) {
            if (!channels.removeUnused(null)) {
                throw new ChannelUnavailableException(
                        "Channel " + name
                                + " can't be created: the channels with subscribers or running jobs use all of"
                                + " the " + budget.max() + " bytes for histories (totalHistoryBytes); try again later",
                        null);
            }
        }
    }

    /** Called after an event was published. Keeps the histories within their memory. */
    private void wasUsed(String name, MemoryChannel channel) {
        if (!isUsed(name, channel)) {
            channels.touch(name, channel);
        }
        boolean anyUnused = true;
        while (budget.isExceeded() && anyUnused) {
            anyUnused = channels.removeUnused(channel);
        }
        if (budget.isExceeded()) {
            channel.fanout().cutHistory();
        }
    }

    @Override
    public void end(String name, Optional<Payload> last) {
        withLiveChannel(name, channel -> {
            Optional<String> ended = channel.end(last) ? Optional.of(name) : Optional.empty();
            ended.ifPresent(done -> wasUsed(name, channel));
            return ended;
        });
    }

    private void addJobChannel(String id) {
        withLiveChannel(
                ChannelSettings.jobChannel(id),
                channel -> channel.fanout().isRetired() ? Optional.empty() : Optional.of(channel));
    }

    /** Ends the channel of a job, if it was not removed after the job had ended. */
    private void endJobChannel(String id, Optional<Payload> last) {
        String name = ChannelSettings.jobChannel(id);
        MemoryChannel channel = channels.get(name);
        if (channel != null && channel.end(last)) {
            wasUsed(name, channel);
        }
    }

    @Override
    public Subscription subscribe(String name, SubscriberOptions options, Optional<String> lastEventId) {
        return withLiveChannel(name, channel -> channel.subscribe(options, lastEventId));
    }

    /** Runs an action on a channel. If the channel was retired meanwhile, retries with a new one of the same name. */
    private <T> T withLiveChannel(String name, Function<MemoryChannel, Optional<T>> action) {
        while (true) {
            MemoryChannel channel = channels.getOrAdd(name, this::createChannel);
            if (closed) {
                channel.fanout().close();
                channels.remove(name, channel);
                throw new ChannelUnavailableException("These channels were closed; create a new Channels object", null);
            }
            Optional<T> result = action.apply(channel);
            if (result.isPresent()) {
                return result.get();
            }
            remove(name, channel); // retired by a thread that may not run before this one
        }
    }

    private MemoryChannel createChannel(String name) {
        return new MemoryChannel(settings.limits(name), budget, channel -> whenUnsubscribed(name, channel));
    }

    private void whenUnsubscribed(String name, MemoryChannel channel) {
        boolean nothingToKeep = !ChannelSettings.isJob(name) && channel.fanout().retire(Long.MAX_VALUE);
        if (nothingToKeep) {
            remove(name, channel);
        } else {
            channels.touch(name, channel);
        }
    }

    private void remove(String name, MemoryChannel channel) {
        channels.remove(name, channel);
        channel.fanout().release();
    }

    @Override
    public boolean isUsed(String name, MemoryChannel channel) {
        return channel.fanout().subscribers() > 0
                || ChannelSettings.job(name).filter(this::isRunning).isPresent();
    }

    private boolean isRunning(String job) {
        return jobStore.status(job) == Status.RUNNING;
    }

    @Override
    public boolean retire(MemoryChannel channel) {
        return channel.fanout().tryRetireUnsubscribed();
    }

    @Override
    public void removed(String name, MemoryChannel channel) {
        channel.fanout().release();
        ChannelSettings.job(name).ifPresent(jobStore::forgetEnded);
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
        return channels.channels().entrySet().stream()
                .filter(entry -> entry.getValue().fanout().subscribers() > 0)
                .map(Map.Entry::getKey)
                .collect(Collectors.toSet());
    }

    /** Returns the memory that the histories use. */
    long historyMemory() {
        return budget.used();
    }

    /** Returns the number of channels. */
    int size() {
        return channels.channels().size();
    }

    @Override
    public JobStore jobStore() {
        return jobStore;
    }

    @Override
    public boolean sweep() {
        jobStore.forget(id -> {
            String name = ChannelSettings.jobChannel(id);
            MemoryChannel channel = channels.get(name);
            if (channel != null) {
                remove(name, channel);
            }
        });
        channels.channels().forEach((name, channel) -> {
            if (isRemovable(name, channel)) {
                remove(name, channel);
            }
        });
        return size() > 0 || !jobStore.isEmpty();
    }

    private boolean isRemovable(String name, MemoryChannel channel) {
        Optional<String> job = ChannelSettings.job(name);
        if (job.isEmpty()) {
            return channel.fanout().retire(settings.history().age().toNanos());
        }
        boolean forgotten = jobStore.status(job.get()) == Status.UNKNOWN;
        // Wakes subscribers that are still waiting or subscribed too late: no more events will follow.
        return forgotten && channel.end(Optional.empty());
    }

    @Override
    public void close() {
        closed = true; // set first: a thread that adds a channel after this closes the channel itself
        channels.channels().values().forEach(channel -> channel.fanout().close());
        channels.clear();
    }
}
