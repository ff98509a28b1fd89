package io.flosse.redis.internal.channel;

import io.flosse.SseEvent;
import io.flosse.StreamEndedException;
import io.flosse.channel.Channel.Loss;
import io.flosse.channel.ChannelUnavailableException;
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
import org.jspecify.annotations.Nullable;

/**
 * A channel on this machine: reads its stream into a fan-out when there is news of it. At most one thread reads, a virtual
 * one that is there only while there is something to read.
 */
public final class RedisChannel {

    private static final Logger LOGGER = System.getLogger("io.flosse");
    private static final int BATCH = 256;
    private static final Duration LONGEST_PAUSE = Duration.ofSeconds(1);

    private final String name;
    private final RedisStream stream;
    private final Retention limits;
    private final Duration expiry;
    private final Duration patience;
    private final Fanout fanout;

    private final ReentrantLock reading = new ReentrantLock();
    private final AtomicInteger asked = new AtomicInteger();

    /** Null until it is open. Written by the thread that reads, for events under the fan-out's lock. */
    private volatile @Nullable Offset place;

    /** Whether Redis may have lost what was read. */
    private volatile boolean suspect;

    private volatile boolean retired;

    /** Where it was when it was looked at for quiet. Of the thread that sweeps. */
    private @Nullable Offset checkedAt;

    /** When it was seen without subscribers for the first time, 0 if it has some. Of the thread that sweeps. */
    private long unusedSince;

    public RedisChannel(String name, RedisStore store, Retention limits, Duration expiry, Duration patience) {
        this.name = name;
        this.stream = new RedisStream(name, store);
        this.limits = limits;
        this.expiry = expiry;
        this.patience = patience;
        this.fanout = new Fanout(limits);
    }

    public String name() {
        return name;
    }

    RedisStream stream() {
        return stream;
    }

    Retention limits() {
        return limits;
    }

    public Fanout fanout() {
        return fanout;
    }

    Offset place() {
        Offset current = place;
        if (current == null) {
            throw new IllegalStateException("The channel has not been opened");
        }
        return current;
    }

    /**
     * Finds out where the stream ends, the first time.
     *
     * @return whether this call did so
     * @throws ChannelUnavailableException if Redis is away; the longest it takes is twice the timeout
     */
    public boolean open() {
        if (place != null) {
            return false;
        }
        if (!tryReading()) {
            throw new ChannelUnavailableException(
                    "Looking up " + name + ": another subscriber has done so for " + patience, null);
        }
        try {
            if (place != null) {
                return false;
            }
            StreamEnd end = lookUp();
            place = new Offset(fanout.tail(), end.id());
            if (end.ended()) {
                fanout.end(null, null);
            }
            return true;
        } finally {
            reading.unlock();
        }
    }

    StreamEnd lookUp() {
        return stream.open(limits.age(), expiry);
    }

    /** There may be something to read. */
    void news() {
        if (place != null && asked.getAndIncrement() == 0) {
            Thread.ofVirtual().name("flosse-redis-" + name).start(this::readAllNews);
        }
    }

    /** There may be something to read, and what was read may be gone. */
    void check() {
        suspect = true;
        news();
    }

    /** Makes sure that the stream is as it was read, if nothing has come since the last time. */
    public void checkIfQuiet() {
        Offset current = place;
        if (current != null && current.equals(checkedAt)) {
            check();
        }
        checkedAt = current;
    }

    private void readAllNews() {
        int seen;
        do {
            seen = asked.get();
            readThroughOutages();
        } while (asked.addAndGet(-seen) != 0);
    }

    private void readThroughOutages() {
        Backoff backoff = new Backoff(LONGEST_PAUSE);
        while (!isOver()) {
            reading.lock();
            try {
                readOn();
                return;
            } catch (ChannelUnavailableException away) {
                suspect = true;
            } catch (StreamEndedException closed) {
                return;
            } catch (Throwable e) {
                // A bug, or an error of the JVM, but one that must not silence the channel: the next news are read
                // again.
                LOGGER.log(Level.WARNING, "The channel " + name + " could not be read", e);
                return;
            } finally {
                reading.unlock();
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

    /** Reads on the caller's thread, so that all that was published until now is in the log. */
    public void catchUp() {
        if (reading.isHeldByCurrentThread()) {
            return; // a filter or a conflation key that subscribes while an event is read
        }
        // Who holds it longer waits for a subscriber that blocks: then this one begins a little early.
        if (tryReading()) {
            try {
                readOn();
            } finally {
                reading.unlock();
            }
        }
    }

    private boolean tryReading() {
        try {
            return reading.tryLock(patience.toNanos(), TimeUnit.NANOSECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new StreamEndedException("The subscriber's thread was interrupted", e);
        }
    }

    private void readOn() {
        boolean look = suspect;
        suspect = false; // before: a doubt that comes up meanwhile stays
        boolean done = false;
        try {
            readOn(look ? Optional.of(lookUp()) : Optional.empty());
            done = true;
        } finally {
            if (look && !done) {
                suspect = true;
            }
        }
    }

    private void readOn(Optional<StreamEnd> end) {
        boolean any = false;
        boolean more = true;
        while (more && !isOver()) {
            List<StreamEntry> entries = stream.after(place().id(), BATCH);
            entries.forEach(this::take);
            any |= !entries.isEmpty();
            more = entries.size() == BATCH;
        }
        if (end.isPresent() && !any && !isOver() && !end.get().id().equals(place().id())) {
            rewound(end.get());
        }
    }

    private void take(StreamEntry entry) {
        if (isOver()) {
            return;
        }
        if (!entry.before().equals(place().id())) {
            // Whoever joins behind the gap has read, and been told, what there is up to it.
            if (entry.event() == null) {
                tellGap(entry.id(), Optional.empty());
            } else {
                tellGap(entry.before(), Optional.of(entry.id()));
            }
        }
        switch (entry.kind()) {
            case EVENT -> {
                SseEvent event = entry.requireEvent();
                fanout.append(event, position -> {
                    place = new Offset(position + 1, entry.id());
                    return event;
                });
            }
            case BEGIN -> place = new Offset(place().position(), entry.id());
            case END -> {
                place = new Offset(place().position(), entry.id());
                fanout.end(null, null);
            }
        }
    }

    /** The stream ends before what was read of it: its last entries are gone. */
    private void rewound(StreamEnd end) {
        tellGap(end.id(), Optional.empty());
        if (end.ended()) {
            fanout.end(null, null);
        }
    }

    private void tellGap(String carriesOnAfter, Optional<String> oldest) {
        fanout.lost(Loss.UNKNOWN_ID, Math.max(1, fanout.subscribers()));
        fanout.append(position -> {
            place = new Offset(position + 1, carriesOnAfter);
            return Gap.of(Optional.empty(), oldest);
        });
    }

    /**
     * Retires it if it has had no subscribers for a time.
     *
     * @return whether it is retired now
     */
    public boolean retire(long now, Duration unused) {
        if (fanout.subscribers() > 0) {
            unusedSince = 0;
        } else if (unusedSince == 0) {
            unusedSince = now;
        } else if (now - unusedSince >= unused.toNanos()) {
            retired = fanout.retireUnsubscribed();
        }
        return retired;
    }
}
