package io.flosse.redis.internal.channel;

import io.flosse.SseEvent;
import io.flosse.StreamEndedException;
import io.flosse.channel.Channel.Loss;
import io.flosse.channel.ChannelUnavailableException;
import io.flosse.internal.channel.backend.HistoryBudget;
import io.flosse.internal.channel.backend.Retention;
import io.flosse.internal.channel.fanout.Fanout;
import io.flosse.internal.channel.fanout.Gap;
import io.flosse.redis.internal.connection.Backoff;
import io.flosse.redis.internal.connection.RedisStore;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A channel on this server: reads the Redis stream into a fan-out. A notification starts a virtual thread that reads
 * until nothing is left. At most one thread reads at a time.
 */
public final class RedisChannel {

    private static final Logger LOGGER = System.getLogger("io.flosse");
    private static final int BATCH = 256;
    private static final Duration MAX_BACKOFF = Duration.ofSeconds(1);

    private final String name;
    private final RedisStream stream;
    private final Retention retention;
    private final Duration expiry;
    private final Duration timeout;
    private final HistoryBudget budget;
    private final Fanout fanout;

    /** Held by the thread that reads. Taken before the lock of the fan-out. */
    private final ReentrantLock readLock = new ReentrantLock();

    /** The number of notifications that the reader thread has not handled; it runs while this is not 0. */
    private final AtomicInteger notifications = new AtomicInteger();

    /** Null until the channel is open. Written under the read lock; for events also under the lock of the fan-out. */
    private volatile @Nullable Offset offset;

    /** Whether Redis may have lost entries that were read, so that the next read must compare the end of the stream. */
    private volatile boolean mustVerify;

    private volatile boolean retired;

    /** When the end of the stream was last compared, by the clock of Redis in milliseconds. Guarded by the read lock. */
    private long verifiedAt;

    /** The offset at the previous {@link #verifyIfQuiet}. Owned by the thread that sweeps. */
    private @Nullable Offset previousOffset;

    /** When the channel was first seen without subscribers, 0 if it has some. Owned by the thread that sweeps. */
    private long unusedSince;

    /**
     * Creates a channel that is not open.
     *
     * @param expiry how long Redis keeps the stream if it is not used
     * @param timeout the maximum wait for another thread that reads
     * @param budget the memory that the histories of all channels on this server share
     * @param whenUnused called after the last subscriber has left; another one may have come meanwhile
     */
    public RedisChannel(
            String name,
            RedisStore store,
            Retention retention,
            Duration expiry,
            Duration timeout,
            HistoryBudget budget,
            Consumer<RedisChannel> whenUnused) {
        this.name = name;
        this.stream = new RedisStream(name, store);
        this.retention = retention;
        this.expiry = expiry;
        this.timeout = timeout;
        this.budget = budget;
        this.fanout = new Fanout(retention, budget, () -> whenUnused.accept(this));
    }

    public String name() {
        return name;
    }

    RedisStream stream() {
        return stream;
    }

    Retention retention() {
        return retention;
    }

    public Fanout fanout() {
        return fanout;
    }

    Offset offset() {
        Offset current = offset;
        if (current == null) {
            throw new IllegalStateException("Channel " + name + " has not been opened: call open() first");
        }
        return current;
    }

    /**
     * Reads the end of the stream, unless it was read before: events after it go to the fan-out.
     *
     * @return whether this call opened the channel
     * @throws ChannelUnavailableException if Redis is unreachable; after twice the timeout at the latest
     */
    public boolean open() {
        if (offset != null) {
            return false;
        }
        if (!tryLockForReading()) {
            throw new ChannelUnavailableException(
                    "Looking up channel " + name + " failed: another subscriber has been waiting for Redis for "
                            + timeout,
                    null);
        }
        try {
            if (offset != null) {
                return false;
            }
            StreamEnd end = lookUpEnd();
            verifiedAt = end.now();
            offset = new Offset(fanout.tail(), end.id());
            if (end.ended()) {
                fanout.end(null, null);
            }
            return true;
        } finally {
            readLock.unlock();
        }
    }

    StreamEnd lookUpEnd() {
        return stream.open(retention.age(), expiry);
    }

    /** Makes a virtual thread read the stream, because it may have new entries. */
    void notifyNewEntries() {
        if (offset != null && notifications.getAndIncrement() == 0) {
            Thread.ofVirtual().name("flosse-redis-" + name).start(this::readUntilNoNotifications);
        }
    }

    /** Makes a virtual thread read the stream and verify that entries which were read still exist. */
    void verify() {
        mustVerify = true;
        notifyNewEntries();
    }

    /** Verifies the stream if no entry has arrived since the previous call. */
    public void verifyIfQuiet() {
        Offset current = offset;
        if (current != null && current.equals(previousOffset)) {
            verify();
        }
        previousOffset = current;
    }

    private void readUntilNoNotifications() {
        int handled;
        do {
            handled = notifications.get();
            readWithRetries();
        } while (notifications.addAndGet(-handled) != 0);
    }

    private void readWithRetries() {
        Backoff backoff = new Backoff(MAX_BACKOFF);
        while (!isOver()) {
            readLock.lock();
            try {
                readNewEntries();
                return;
            } catch (ChannelUnavailableException unavailable) {
                mustVerify = true;
            } catch (StreamEndedException closed) {
                return;
            } catch (Throwable e) {
                // A bug or an error of the JVM. It must not silence the channel for good.
                LOGGER.log(
                        Level.WARNING,
                        "Channel " + name + " could not be read; the next notification reads it again",
                        e);
                return;
            } finally {
                readLock.unlock();
            }
            try {
                Thread.sleep(backoff.next());
            } catch (InterruptedException e) {
                return;
            }
        }
    }

    private boolean isOver() {
        return retired || fanout.isEnded() || fanout.isClosed();
    }

    /** Reads on the caller's thread, so that the log contains all events that were published before this call. */
    public void catchUp() {
        if (readLock.isHeldByCurrentThread()) {
            return; // a filter or a conflation key subscribes while an event is read
        }
        // If another reader holds the lock for longer, it waits for a subscriber with Overflow.BLOCK. Then the caller's
        // subscription starts slightly earlier in the stream.
        if (tryLockForReading()) {
            try {
                readNewEntries();
            } finally {
                readLock.unlock();
            }
        }
    }

    private boolean tryLockForReading() {
        try {
            return readLock.tryLock(timeout.toNanos(), TimeUnit.NANOSECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new StreamEndedException("The subscriber's thread was interrupted", e);
        }
    }

    private void readNewEntries() {
        boolean verifying = mustVerify;
        mustVerify = false; // before reading, so that a concurrent verify() is not lost
        boolean done = false;
        try {
            readNewEntries(verifying ? Optional.of(lookUpEnd()) : Optional.empty());
            done = true;
        } finally {
            if (verifying && !done) {
                mustVerify = true;
            }
        }
    }

    /**
     * Reads the entries after the offset.
     *
     * @param end the end of the stream if it is to be verified; it was looked up before
     */
    private void readNewEntries(Optional<StreamEnd> end) {
        boolean any = false;
        boolean more = true;
        while (more && !isOver()) {
            List<StreamEntry> entries = stream.after(offset().id(), BATCH);
            entries.forEach(this::apply);
            any |= !entries.isEmpty();
            more = entries.size() == BATCH;
        }
        if (end.isPresent()) {
            if (!any && !isOver() && (!end.get().id().equals(offset().id()) || mayHaveExpired(end.get()))) {
                reportLostEnd(end.get());
            }
            verifiedAt = end.get().now();
        }
    }

    /** Returns whether a stream that did not exist may have been created and have expired since it was last verified. */
    private boolean mayHaveExpired(StreamEnd end) {
        return end.id().equals(StreamEntry.NONE) && end.now() - verifiedAt >= expiry.toMillis();
    }

    private void apply(StreamEntry entry) {
        if (isOver()) {
            return;
        }
        if (entry.kind() == StreamEntry.Kind.FOREIGN || !entry.previousId().equals(offset().id())) {
            // The gap continues directly before the event. A subscriber that joins the log behind the gap has read the
            // stream up to there, and has received a gap of its own.
            if (entry.isEvent()) {
                appendGap(entry.previousId(), Optional.of(entry.id()));
            } else {
                appendGap(entry.id(), Optional.empty());
            }
        }
        switch (entry.kind()) {
            case EVENT -> append(entry.id(), entry.requireEvent());
            case LARGE ->
                stream.large(entry.id())
                        .ifPresentOrElse(
                                event -> append(entry.id(), event), () -> appendGap(entry.id(), Optional.empty()));
            case BEGIN, FOREIGN -> offset = new Offset(offset().position(), entry.id());
            case END -> {
                offset = new Offset(offset().position(), entry.id());
                fanout.end(null, null);
            }
        }
    }

    private void append(String id, SseEvent event) {
        fanout.append(event, position -> {
            offset = new Offset(position + 1, id);
            return event;
        });
        if (budget.isExceeded()) {
            fanout.cutHistory(); // Redis still has the events
        }
    }

    /** Reports a gap because the stream ends before the offset: Redis has lost its last entries. */
    private void reportLostEnd(StreamEnd end) {
        appendGap(end.id(), Optional.empty());
        if (end.ended()) {
            fanout.end(null, null);
        }
    }

    /**
     * Appends a gap to the log.
     *
     * @param continueAfter the id after which reading continues
     * @param oldest the id of the first event after the gap, if it is known
     */
    private void appendGap(String continueAfter, Optional<String> oldest) {
        fanout.lost(Loss.UNKNOWN_ID, Math.max(1, fanout.subscribers()));
        fanout.append(position -> {
            offset = new Offset(position + 1, continueAfter);
            return Gap.of(Optional.empty(), oldest);
        });
    }

    /**
     * Retires the channel if it has had no subscribers for some time.
     *
     * @param now the current {@link System#nanoTime}
     * @return whether the channel is retired
     */
    public boolean retire(long now, Duration maxUnused) {
        if (fanout.subscribers() > 0) {
            unusedSince = 0;
        } else if (unusedSince == 0) {
            unusedSince = now;
        } else if (now - unusedSince >= maxUnused.toNanos()) {
            retired = fanout.retireUnsubscribed();
        }
        return retired;
    }

    /**
     * Retires the channel at once if it has no subscribers, to make room for another one. Never waits.
     *
     * @return whether the channel is retired
     */
    public boolean tryRetire() {
        if (fanout.tryRetireUnsubscribed()) {
            retired = true;
        }
        return retired;
    }
}
