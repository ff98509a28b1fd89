package io.flosse.redis.internal;

import static io.flosse.redis.internal.connection.RedisStore.bytes;

import io.flosse.SseEvent;
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
import io.flosse.internal.channel.fanout.Fanout;
import io.flosse.internal.channel.fanout.LossCounters;
import io.flosse.internal.channel.fanout.StartPosition;
import io.flosse.internal.channel.fanout.Subscriber;
import io.flosse.redis.internal.channel.PubSubListener;
import io.flosse.redis.internal.channel.RedisChannel;
import io.flosse.redis.internal.channel.RedisHistory;
import io.flosse.redis.internal.channel.StreamEntry;
import io.flosse.redis.internal.connection.RedisSettings;
import io.flosse.redis.internal.connection.RedisStore;
import io.flosse.redis.internal.connection.Scripts;
import io.flosse.redis.internal.connection.Tokens;
import io.flosse.redis.internal.job.RedisJobStore;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;

/** Channels in Redis. Each channel is one stream; each server with subscribers reads it and fans it out. */
public final class RedisBackend implements ChannelBackend, ChannelTable.Owner<RedisChannel> {

    // A stream is kept longer than the history, for servers that are slow.

    private static final int MIN_STREAM_EVENTS = 1000;
    private static final long MIN_SPARE_BYTES = 1 << 20;
    private static final Duration SPARE_TIME = Duration.ofMinutes(1);

    /** No Redis holds this much. Larger numbers are not exact in the floating point numbers of scripts. */
    private static final long MAX_BYTES = 1L << 50;

    /** The interval for verifying quiet channels: short enough to keep channels with subscribers from expiring. */
    private static final Duration VERIFY_INTERVAL = Duration.ofSeconds(5);

    /** How long a channel without subscribers is still read. */
    private static final Duration MAX_UNUSED = Duration.ofSeconds(5);

    private static final SseEvent LOST = SseEvent.of("{\"error\":\"lost\"}").withEvent("error");

    private final RedisSettings redisSettings;
    private final ChannelSettings channelSettings;
    private final RedisStore store;
    private final PubSubListener listener;
    private final Tokens tokens = new Tokens();
    private final RedisJobStore jobStore;
    private final ChannelTable<RedisChannel> channels;
    private final HistoryBudget budget;
    private volatile boolean closed;

    /** When the channels were last verified. Owned by the thread that sweeps. */
    private long verifiedAt = System.nanoTime();

    public RedisBackend(RedisSettings redisSettings, ChannelSettings channelSettings) {
        this.redisSettings = redisSettings;
        this.channelSettings = channelSettings;
        this.channels = new ChannelTable<>(channelSettings.maxChannels(), this);
        this.budget = HistoryBudget.forCopies(channelSettings.totalHistoryBytes());
        this.store = new RedisStore(redisSettings);
        this.listener = new PubSubListener(redisSettings, store);
        this.jobStore = new RedisJobStore(
                redisSettings,
                store,
                tokens,
                channelSettings.jobsKept(),
                jobExpiry(),
                payload -> StreamEntry.size(payload, channelSettings.jobBytes()));
    }

    @Override
    public String publish(String name, Payload payload) {
        Retention retention = channelSettings.limits(name);
        byte[] token = bytes(tokens.next());
        long start = System.nanoTime();
        long historyBytes = Math.min(MAX_BYTES, retention.bytes());
        long streamBytes = historyBytes + Math.max(historyBytes / 8, MIN_SPARE_BYTES);
        Object id = store.execute("Publishing to channel " + name, (jedis, repeated) -> {
                    List<byte[]> arguments = new ArrayList<>();
                    arguments.add(bytes(Math.max(retention.events(), MIN_STREAM_EVENTS)));
                    arguments.add(bytes(retention.age().plus(SPARE_TIME).toMillis()));
                    arguments.add(bytes(streamBytes));
                    arguments.add(bytes(expiry(name).toMillis()));
                    arguments.add(bytes(StreamEntry.size(payload, retention.bytes())));
                    arguments.add(token);
                    arguments.add(bytes(repeated ? millisSince(start) : 0));
                    arguments.addAll(StreamEntry.fields(payload));
                    return Optional.ofNullable(Scripts.PUBLISH.run(jedis, keys(name), arguments));
                })
                .orElseThrow(() -> new IllegalStateException("The channel has ended, so it takes no more events"));
        return RedisStore.text(id);
    }

    /** Returns the elapsed milliseconds and a second more, because the clock of Redis may have been adjusted. */
    private static long millisSince(long start) {
        return TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - start) + 1000;
    }

    @Override
    public void end(String name, Optional<Payload> last) {
        store.run(
                "Ending channel " + name,
                Scripts.END,
                keys(name),
                StreamEntry.closingArguments(
                        expiry(name),
                        last,
                        payload -> StreamEntry.size(
                                payload, channelSettings.limits(name).bytes())));
    }

    /** Returns the keys of the scripts that append to a channel. */
    private List<byte[]> keys(String name) {
        return List.of(store.largeKey(name), store.key(name));
    }

    /** Returns how long Redis keeps a stream that is neither published to nor read. */
    private Duration expiry(String name) {
        return ChannelSettings.isJob(name)
                ? jobExpiry()
                : withMinimum(channelSettings.history().age());
    }

    private Duration jobExpiry() {
        return withMinimum(channelSettings.jobsKept().plus(redisSettings.jobLease()));
    }

    private static Duration withMinimum(Duration expiry) {
        return expiry.compareTo(SPARE_TIME) < 0 ? SPARE_TIME : expiry;
    }

    @Override
    public Subscription subscribe(String name, SubscriberOptions options, Optional<String> lastEventId) {
        while (true) {
            RedisChannel channel = channels.getOrAdd(name, this::createChannel);
            if (closed) {
                channel.fanout().close();
                channels.remove(name, channel);
                throw new ChannelUnavailableException("These channels were closed", null);
            }
            boolean opened = channel.open();
            if (opened) {
                listener.add(channel);
            } else if (channel.fanout().isEnded()) {
                // The name may belong to a new channel by now.
                drop(channel);
                continue;
            }
            Optional<Subscriber> subscriber = subscribe(channel, opened, options, lastEventId);
            if (subscriber.isPresent()) {
                return subscriber.get();
            }
            drop(channel);
        }
    }

    private RedisChannel createChannel(String name) {
        return new RedisChannel(
                name,
                store,
                channelSettings.limits(name),
                expiry(name),
                redisSettings.timeout(),
                budget,
                channel -> channels.touch(name, channel));
    }

    private static Optional<Subscriber> subscribe(
            RedisChannel channel, boolean opened, SubscriberOptions options, Optional<String> lastEventId) {
        Fanout fanout = channel.fanout();
        RedisHistory history = new RedisHistory(channel, options);
        if (lastEventId.isPresent()) {
            long position = fanout.first(event -> event.id().equals(lastEventId));
            if (position < fanout.tail() && fanout.knowsWhatFollows(position)) {
                return fanout.subscribe(options, log -> log.after(options, position));
            }
            StartPosition start = history.after(lastEventId.get());
            return fanout.subscribe(options, log -> start);
        }
        if (options.history()) {
            if (fanout.holdsWholeHistory()) {
                return fanout.subscribe(options, log -> new StartPosition(log.oldest(), null, null));
            }
            StartPosition start = history.all();
            return fanout.subscribe(options, log -> start);
        }
        if (!opened) {
            channel.catchUp();
        }
        return fanout.subscribe(options, log -> new StartPosition(log.tail(), null, null));
    }

    private void drop(RedisChannel channel) {
        channels.remove(channel.name(), channel);
        removed(channel.name(), channel);
    }

    @Override
    public boolean isUsed(String name, RedisChannel channel) {
        return channel.fanout().subscribers() > 0;
    }

    @Override
    public boolean retire(RedisChannel channel) {
        return channel.tryRetire();
    }

    @Override
    public void removed(String name, RedisChannel channel) {
        listener.remove(channel);
        channel.fanout().release();
    }

    @Override
    public int subscribers(String name) {
        RedisChannel channel = channels.get(name);
        return channel == null ? 0 : channel.fanout().subscribers();
    }

    @Override
    public Map<Loss, Long> lossCounters(String name) {
        RedisChannel channel = channels.get(name);
        return channel == null ? new LossCounters().counts() : channel.fanout().losses();
    }

    @Override
    public Set<String> subscribed() {
        return channels.channels().values().stream()
                .filter(channel -> channel.fanout().subscribers() > 0)
                .map(RedisChannel::name)
                .collect(Collectors.toSet());
    }

    @Override
    public JobStore jobStore() {
        return jobStore;
    }

    @Override
    public boolean sweep() {
        long now = System.nanoTime();
        boolean due = now - verifiedAt >= VERIFY_INTERVAL.toNanos();
        if (due) {
            verifiedAt = now;
        }
        for (RedisChannel channel : channels.channels().values()) {
            if (channel.retire(now, MAX_UNUSED)) {
                drop(channel);
            } else if (due) {
                channel.verifyIfQuiet();
                endIfJobIsForgotten(channel);
            }
        }
        return !channels.channels().isEmpty();
    }

    /**
     * Ends the channel of a job that Redis does not know any more, or of an ended job whose stream has lost its end.
     * Otherwise its subscribers would wait for ever.
     */
    private void endIfJobIsForgotten(RedisChannel channel) {
        Optional<String> job = ChannelSettings.job(channel.name())
                .filter(id -> !channel.fanout().isEnded());
        Status status = job.map(jobStore::status).orElse(Status.RUNNING);
        if (status == Status.UNKNOWN || status == Status.ENDED) {
            end(channel.name(), Optional.of(Payload.ofText(LOST)));
        }
    }

    @Override
    public void close() {
        closed = true; // first, because subscribe() closes a channel that it adds after this
        channels.channels().values().forEach(channel -> channel.fanout().close());
        channels.clear();
        listener.close();
        store.close();
    }
}
