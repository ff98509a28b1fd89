package io.flosse.redis.internal;

import static io.flosse.redis.internal.connection.RedisStore.bytes;

import io.flosse.SseEvent;
import io.flosse.channel.Channel.Loss;
import io.flosse.channel.ChannelUnavailableException;
import io.flosse.channel.Subscription;
import io.flosse.internal.channel.backend.ChannelBackend;
import io.flosse.internal.channel.backend.ChannelSettings;
import io.flosse.internal.channel.backend.JobStore;
import io.flosse.internal.channel.backend.JobStore.Status;
import io.flosse.internal.channel.backend.Payload;
import io.flosse.internal.channel.backend.Retention;
import io.flosse.internal.channel.backend.SubscriberOptions;
import io.flosse.internal.channel.fanout.Fanout;
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
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;

/** Channels in Redis: each is one stream, read by each machine that has subscribers, and told from there. */
public final class RedisBackend implements ChannelBackend {

    /** What Redis keeps beyond the history, for machines that are behind. */
    private static final int SPARE_EVENTS = 1000;

    private static final long SPARE_BYTES = 1 << 20;
    private static final Duration SPARE_TIME = Duration.ofMinutes(1);

    /** Scripts count in floating point, so what is far more than any Redis holds is left out. */
    private static final long MOST_BYTES = 1L << 50;

    /** How often to look at channels without news: so often that what somebody subscribes to does not expire. */
    private static final Duration CHECK = Duration.ofSeconds(5);

    /** For so long a channel without subscribers is still read. */
    private static final Duration UNUSED = Duration.ofSeconds(5);

    private static final SseEvent LOST = SseEvent.of("{\"error\":\"lost\"}").withEvent("error");

    private final RedisSettings settings;
    private final ChannelSettings registry;
    private final RedisStore store;
    private final PubSubListener news;
    private final Tokens tokens = new Tokens();
    private final RedisJobStore jobStore;
    private final Map<String, RedisChannel> channels = new ConcurrentHashMap<>();
    private volatile boolean closed;

    /** When the channels were checked. Of the thread that sweeps. */
    private long checked = System.nanoTime();

    public RedisBackend(RedisSettings settings, ChannelSettings registry) {
        this.settings = settings;
        this.registry = registry;
        this.store = new RedisStore(settings);
        this.news = new PubSubListener(settings, store);
        this.jobStore = new RedisJobStore(settings, store, tokens, registry.jobsKept(), jobExpiry());
    }

    @Override
    public String publish(String name, Payload payload) {
        Retention limits = registry.limits(name);
        byte[] token = bytes(tokens.next());
        long start = System.nanoTime();
        long bytes = Math.min(MOST_BYTES, limits.bytes());
        long mostBytes = bytes + Math.max(bytes / 8, SPARE_BYTES);
        Object id = store.ask("Publishing to " + name, (jedis, again) -> {
                    List<byte[]> arguments = new ArrayList<>();
                    arguments.add(bytes(Math.max(limits.events(), SPARE_EVENTS)));
                    arguments.add(bytes(limits.age().plus(SPARE_TIME).toMillis()));
                    arguments.add(bytes(mostBytes));
                    arguments.add(bytes(expiry(name).toMillis()));
                    arguments.add(bytes(StreamEntry.size(payload)));
                    arguments.add(token);
                    arguments.add(bytes(again ? sinceWithSpare(start) : 0));
                    arguments.addAll(StreamEntry.fields(payload));
                    return Optional.ofNullable(Scripts.PUBLISH.run(jedis, List.of(store.key(name)), arguments));
                })
                .orElseThrow(() -> new IllegalStateException("The channel has ended, so it takes no more events"));
        return RedisStore.text(id);
    }

    /** In milliseconds; with a second more, for Redis may have stepped its clock a little. */
    private static long sinceWithSpare(long start) {
        return TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - start) + 1000;
    }

    @Override
    public void end(String name, Optional<Payload> last) {
        store.run("Ending " + name, Scripts.END, List.of(store.key(name)), StreamEntry.ending(expiry(name), last));
    }

    /** For how long Redis keeps a stream that nobody publishes to or reads. */
    private Duration expiry(String name) {
        return ChannelSettings.isJob(name)
                ? jobExpiry()
                : withSpare(registry.history().age());
    }

    private Duration jobExpiry() {
        return withSpare(registry.jobsKept().plus(settings.jobLease()));
    }

    private static Duration withSpare(Duration kept) {
        return kept.compareTo(SPARE_TIME) < 0 ? SPARE_TIME : kept;
    }

    @Override
    public Subscription subscribe(String name, SubscriberOptions options, Optional<String> lastEventId) {
        while (true) {
            RedisChannel channel = channels.computeIfAbsent(
                    name,
                    made -> new RedisChannel(made, store, registry.limits(made), expiry(made), settings.timeout()));
            if (closed) {
                channel.fanout().close();
                channels.remove(name, channel);
                throw new ChannelUnavailableException("These channels were closed", null);
            }
            boolean opened = channel.open();
            if (opened) {
                news.watch(channel);
            } else if (channel.fanout().isEnded()) {
                // Its name may be new again by now.
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

    private static Optional<Subscriber> subscribe(
            RedisChannel channel, boolean opened, SubscriberOptions options, Optional<String> lastEventId) {
        Fanout fanout = channel.fanout();
        RedisHistory history = new RedisHistory(channel, options);
        if (lastEventId.isPresent()) {
            long position = fanout.first(event -> event.id().equals(lastEventId));
            if (position < fanout.tail()) {
                return fanout.subscribe(options, log -> log.after(options, position));
            }
            StartPosition opening = history.after(lastEventId.get());
            return fanout.subscribe(options, log -> opening);
        }
        if (options.history()) {
            if (fanout.hasForgotten()) {
                return fanout.subscribe(options, log -> new StartPosition(log.oldest(), null, null));
            }
            StartPosition opening = history.all();
            return fanout.subscribe(options, log -> opening);
        }
        if (!opened) {
            channel.catchUp();
        }
        return fanout.subscribe(options, log -> new StartPosition(log.tail(), null, null));
    }

    private void drop(RedisChannel channel) {
        channels.remove(channel.name(), channel);
        news.forget(channel);
    }

    @Override
    public int subscribers(String name) {
        RedisChannel channel = channels.get(name);
        return channel == null ? 0 : channel.fanout().subscribers();
    }

    @Override
    public Map<Loss, Long> lossCounters(String name) {
        RedisChannel channel = channels.get(name);
        return (channel == null ? new Fanout(registry.limits(name)) : channel.fanout()).lossCounters();
    }

    @Override
    public Set<String> subscribed() {
        return channels.values().stream()
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
        boolean due = now - checked >= CHECK.toNanos();
        if (due) {
            checked = now;
        }
        for (RedisChannel channel : channels.values()) {
            if (channel.retire(now, UNUSED)) {
                drop(channel);
            } else if (due) {
                channel.checkIfQuiet();
                endForgottenJob(channel);
            }
        }
        return !channels.isEmpty();
    }

    /** Redis has forgotten the job, or the stream with its end: nothing will come. */
    private void endForgottenJob(RedisChannel channel) {
        Optional<String> job = ChannelSettings.job(channel.name())
                .filter(id -> !channel.fanout().isEnded());
        Status status = job.map(jobStore::status).orElse(Status.RUNNING);
        if (status == Status.UNKNOWN || status == Status.ENDED) {
            end(channel.name(), Optional.of(Payload.ofText(LOST)));
        }
    }

    @Override
    public void close() {
        closed = true; // before: what comes into the map later is closed by whoever puts it there
        channels.values().forEach(channel -> channel.fanout().close());
        channels.clear();
        news.close();
        store.close();
    }
}
