package io.flosse.internal.channel.fanout;

import io.flosse.SseEvent;
import io.flosse.StreamEndedException;
import io.flosse.channel.Channel.Loss;
import io.flosse.channel.Channel.Overflow;
import io.flosse.internal.RefusedCalls;
import io.flosse.internal.channel.backend.Retention;
import io.flosse.internal.channel.backend.SubscriberOptions;
import io.flosse.internal.channel.fanout.ConflatingSubscriber.Verdict;
import io.flosse.internal.channel.log.EventLog;
import io.flosse.internal.channel.log.EventLog.Entry;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Function;
import java.util.function.LongFunction;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * One channel in this process: a log of its events, and subscribers who read it, each at its own pace. Publishing is one
 * entry in the log and a wake-up for those who wait; who is busy or stuck costs the publisher nothing.
 */
public final class Fanout {

    private static final int LOOK_EVERY = 64;

    private final EventLog log;
    private final LossCounters lossCounters = new LossCounters();
    private final Set<Subscriber> subscribers = ConcurrentHashMap.newKeySet();

    /** Those who wait for an event. Whoever takes one out wakes it. */
    private final Set<Subscriber> waiting = ConcurrentHashMap.newKeySet();

    /** For those who wait and leave it to others to bring them their events. */
    private final DeliveryWorkers workers = new DeliveryWorkers();

    private final RefusedCalls.Warnings warnings = new RefusedCalls.Warnings(1);

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition room = lock.newCondition();
    private final AtomicInteger waitingPublishers = new AtomicInteger();

    // Guarded by lock.
    private final List<CursorSubscriber> blocking = new ArrayList<>();
    private final TreeMap<Integer, Integer> buffers = new TreeMap<>();
    private long lastUse = System.nanoTime();
    private boolean retired;
    private int sinceLook;

    /** No subscriber is behind this position, though all may be ahead of it. */
    private long slowest = Long.MAX_VALUE;

    /** Replaced under the lock, and never changed. */
    private volatile List<ConflatingSubscriber> conflating = List.of();

    private volatile boolean ended;
    private volatile boolean closed;

    /**
     * A channel without events.
     *
     * @param limits what it keeps for those who come later
     */
    public Fanout(Retention limits) {
        log = new EventLog(limits);
    }

    /**
     * Appends an event of the channel itself, such as a gap, which no filter sees.
     *
     * @param event creates the event from its position, which counts from 1
     * @return the position; 0 if this fan-out was retired, so that the channel needs a new one
     * @throws IllegalStateException if the channel has ended
     */
    public long append(LongFunction<? extends SseEvent> event) {
        return append(null, event);
    }

    /**
     * Appends an event once every subscriber with {@link Overflow#BLOCK} has room for it.
     *
     * @param published the event as the user published it, for the functions of conflating subscribers: they run before the
     *     event is appended, and under no lock
     * @param event creates the event from its position, which counts from 1
     * @return the position; 0 if this fan-out was retired, so that the channel needs a new one
     * @throws IllegalStateException if the channel has ended
     */
    public long append(@Nullable SseEvent published, LongFunction<? extends SseEvent> event) {
        Map<ConflatingSubscriber, Verdict> verdicts = new IdentityHashMap<>(0);
        long position = -1;
        while (position < 0) {
            List<ConflatingSubscriber> asked = classify(published, verdicts);
            lock.lock();
            try {
                awaitRoom();
                if (retired) {
                    return 0;
                }
                requireOpen();
                if (asked == conflating) {
                    position = log.tail();
                    add(event.apply(position), verdicts);
                }
            } finally {
                lock.unlock();
            }
        }
        wakeAll();
        return position;
    }

    /**
     * Ends the channel; does nothing if it has ended before.
     *
     * @param published the last event as the user published it; null for none
     * @param last creates the last event from its position; null for none
     * @return false if this fan-out was retired
     */
    public boolean end(@Nullable SseEvent published, @Nullable LongFunction<? extends SseEvent> last) {
        Map<ConflatingSubscriber, Verdict> verdicts = new IdentityHashMap<>(0);
        boolean done = false;
        while (!done) {
            List<ConflatingSubscriber> asked = classify(published, verdicts);
            lock.lock();
            try {
                if (retired) {
                    return false;
                }
                if (!ended && asked == conflating) {
                    if (last != null) {
                        add(last.apply(log.tail()), verdicts);
                    }
                    ended = true;
                    room.signalAll();
                }
                done = ended;
            } finally {
                lock.unlock();
            }
        }
        wakeAll();
        return true;
    }

    /** Asks the conflating subscribers that were not asked yet, and returns all there are. Under no lock. */
    private List<ConflatingSubscriber> classify(
            @Nullable SseEvent published, Map<ConflatingSubscriber, Verdict> verdicts) {
        List<ConflatingSubscriber> asked = conflating;
        if (published != null) {
            for (ConflatingSubscriber subscriber : asked) {
                if (!verdicts.containsKey(subscriber)) { // its function may add a subscriber, so no computeIfAbsent
                    verdicts.put(subscriber, subscriber.classify(published));
                }
            }
        }
        return asked;
    }

    private void requireOpen() {
        if (closed) {
            throw closedException();
        }
        if (ended) {
            throw new IllegalStateException("The channel has ended, so it takes no more events");
        }
    }

    static StreamEndedException closedException() {
        return new StreamEndedException("The channels were closed", null);
    }

    private void add(SseEvent event, Map<ConflatingSubscriber, Verdict> verdicts) {
        long now = System.nanoTime();
        log.append(event, now);
        for (ConflatingSubscriber subscriber : conflating) {
            Verdict verdict = verdicts.get(subscriber);
            subscriber.offer(event, verdict == null ? ConflatingSubscriber.keepAlways(event) : verdict);
        }
        lastUse = now;
        trim(now);
    }

    private void trim(long now) {
        log.trim(needed(), now);
    }

    /** The first position that the log must hold for subscribers; looks for the slowest every now and then only. */
    private long needed() {
        if (buffers.isEmpty()) {
            return log.tail();
        }
        if (++sinceLook >= LOOK_EVERY) {
            sinceLook = 0;
            slowest = subscribers.stream().mapToLong(Subscriber::position).min().orElse(log.tail());
        }
        long needed = Math.max(slowest, log.tail() - buffers.lastKey());
        for (CursorSubscriber subscriber : blocking) {
            needed = Math.min(needed, subscriber.position());
        }
        return needed;
    }

    private void awaitRoom() {
        if (blocking.isEmpty()) {
            return;
        }
        waitingPublishers.incrementAndGet();
        try {
            while (!ended && !closed && blocking.stream().anyMatch(CursorSubscriber::isFull)) {
                room.await();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new StreamEndedException("The publishing thread was interrupted, so nothing was published", e);
        } finally {
            waitingPublishers.decrementAndGet();
        }
    }

    /** For a subscriber with {@link Overflow#BLOCK} that has taken an event. */
    void madeRoom() {
        if (waitingPublishers.get() > 0) {
            lock.lock();
            try {
                room.signalAll();
            } finally {
                lock.unlock();
            }
        }
    }

    private void wakeAll() {
        for (Subscriber subscriber : waiting) {
            wake(subscriber);
        }
        workers.send();
    }

    DeliveryWorkers workers() {
        return workers;
    }

    /** Whether the log has a word of those who read on after the end outside of a generator. */
    RefusedCalls.Warnings warnings() {
        return warnings;
    }

    void wake(Subscriber subscriber) {
        if (waiting.remove(subscriber)) {
            subscriber.unpark();
        }
    }

    void waits(Subscriber subscriber) {
        waiting.add(subscriber);
    }

    void waitsNoMore(Subscriber subscriber) {
        waiting.remove(subscriber);
    }

    /**
     * Subscribes.
     *
     * @param options what the subscriber asked for
     * @param opening where it begins: asked once, while nothing can be published
     * @return the subscription, empty if this fan-out was retired
     */
    public Optional<Subscriber> subscribe(SubscriberOptions options, Function<Fanout, StartPosition> opening) {
        StartPosition from;
        Subscriber subscriber;
        lock.lock();
        try {
            if (retired) {
                return Optional.empty();
            }
            if (closed) {
                throw closedException();
            }
            trim(System.nanoTime());
            from = opening.apply(this);
            subscriber = subscriber(options, from);
            subscribers.add(subscriber);
            slowest = Math.min(slowest, subscriber.position());
            buffers.merge(options.buffer(), 1, Integer::sum);
            if (from.backlog() == null && options.conflation().isEmpty()) {
                subscriber.join(from.position());
            }
            subscriber.joinScope();
        } finally {
            lock.unlock();
        }
        if (from.backlog() == null && options.conflation().isPresent()) {
            subscriber.join(from.position()); // runs the user's functions
        }
        return Optional.of(subscriber);
    }

    private Subscriber subscriber(SubscriberOptions options, StartPosition opening) {
        return options.conflation().isPresent()
                ? new ConflatingSubscriber(
                        this, options, opening, options.conflation().get())
                : new CursorSubscriber(this, options, opening);
    }

    /**
     * Lets a subscriber read on in the log. From now on, and not while it reads its backlog, publishers wait for one with
     * {@link Overflow#BLOCK}.
     *
     * @return false if the log has let go of the position, so that the backlog has to be read on
     */
    boolean join(CursorSubscriber subscriber, long position) {
        lock.lock();
        try {
            if (position < log.head()) {
                return false;
            }
            subscriber.joined(position);
            if (subscriber.blocks() && subscribers.contains(subscriber)) {
                blocking.add(subscriber);
            }
            return true;
        } finally {
            lock.unlock();
        }
    }

    /**
     * Offers each event from now on to a conflating subscriber.
     *
     * @return the position of the first event that is offered; 0 if the subscriber was closed
     */
    long join(ConflatingSubscriber subscriber) {
        lock.lock();
        try {
            if (!subscribers.contains(subscriber)) {
                return 0;
            }
            subscriber.startsTakingOver();
            List<ConflatingSubscriber> joined = new ArrayList<>(conflating);
            joined.add(subscriber);
            conflating = List.copyOf(joined);
            return log.tail();
        } finally {
            lock.unlock();
        }
    }

    /** Returns the event at a position before the tail; null if the log no longer holds it. */
    @Nullable
    SseEvent event(long position) {
        Entry entry = log.read(position);
        return entry == null ? null : entry.event();
    }

    void leave(Subscriber subscriber, int buffer) {
        if (!subscribers.remove(subscriber)) {
            return;
        }
        lock.lock();
        try {
            blocking.remove(subscriber);
            if (conflating.contains(subscriber)) {
                conflating =
                        conflating.stream().filter(it -> it != subscriber).toList();
            }
            buffers.computeIfPresent(buffer, (length, count) -> count == 1 ? null : count - 1);
            lastUse = System.nanoTime();
            room.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /**
     * Lets go of what is over, and retires this fan-out if nobody has used it for a time and it keeps nothing.
     *
     * @param unused for how long nobody must have used it, in nanoseconds
     * @return whether it is retired now
     */
    public boolean retire(long unused) {
        lock.lock();
        try {
            long now = System.nanoTime();
            sinceLook = LOOK_EVERY;
            trim(now);
            boolean neverPublished = log.tail() == EventLog.FIRST;
            retired |= subscribers.isEmpty()
                    && !log.hasHistory()
                    && ((neverPublished && !ended) || now - lastUse >= unused);
            return retired;
        } finally {
            lock.unlock();
        }
    }

    /**
     * Retires this fan-out if nobody subscribes to it, whatever it keeps: for those whose history is elsewhere.
     *
     * @return whether it is retired now
     */
    public boolean retireUnsubscribed() {
        lock.lock();
        try {
            retired |= subscribers.isEmpty();
            return retired;
        } finally {
            lock.unlock();
        }
    }

    /** Ends all subscriptions as if their streams were cut: their clients are to come back. */
    public void close() {
        closed = true;
        lock.lock();
        try {
            room.signalAll();
        } finally {
            lock.unlock();
        }
        wakeAll();
    }

    /**
     * Whether the channel has ended.
     *
     * @return whether {@link #end} was called
     */
    public boolean isEnded() {
        return ended;
    }

    /**
     * Whether its subscriptions were cut.
     *
     * @return whether {@link #close} was called
     */
    public boolean isClosed() {
        return closed;
    }

    EventLog log() {
        return log;
    }

    /**
     * The position that the next event will get.
     *
     * @return the position
     */
    public long tail() {
        return log.tail();
    }

    /**
     * The position of the oldest event of the history. For {@link #subscribe}'s opening.
     *
     * @return the position, that of the next event if there is no history
     */
    public long oldest() {
        return log.oldest();
    }

    /**
     * Whether this log has let go of events of its history, so that it holds all of the history there is.
     *
     * @return whether it has
     */
    public boolean hasForgotten() {
        return log.oldest() > EventLog.FIRST;
    }

    /**
     * An opening after an event of the log, told by a gap if more than that is over. For {@link #subscribe}'s opening.
     *
     * @param options what the subscriber asked for
     * @param last the position of the last event that it has had
     * @return where it begins
     */
    public StartPosition after(SubscriberOptions options, long last) {
        long oldest = log.oldest();
        long missed = oldest - (last + 1);
        if (missed <= 0) {
            return new StartPosition(last + 1, null, null);
        }
        lost(Loss.TRIMMED, missed);
        return new StartPosition(oldest, Gap.of(options.missed(missed), id(oldest)), null);
    }

    /**
     * The id of the event at a position.
     *
     * @param position the position
     * @return its id, empty if it is not held or has none
     */
    public Optional<String> id(long position) {
        return Optional.ofNullable(log.read(position))
                .flatMap(entry -> entry.event().id());
    }

    /**
     * The first position that is held whose event is such.
     *
     * @param wanted tells the event
     * @return its position, that of the next event if there is none
     */
    public long first(Predicate<SseEvent> wanted) {
        for (long at = log.head(); at < log.tail(); at++) {
            Entry entry = log.read(at);
            if (entry != null && wanted.test(entry.event())) {
                return at;
            }
        }
        return log.tail();
    }

    /**
     * Counts the subscriptions.
     *
     * @return how many are open
     */
    public int subscribers() {
        return subscribers.size();
    }

    /**
     * Counts a loss.
     *
     * @param cause why
     * @param count how many
     */
    public void lost(Loss cause, long count) {
        lossCounters.add(cause, count);
    }

    /**
     * What subscribers lost.
     *
     * @return a count for each cause
     */
    public Map<Loss, Long> lossCounters() {
        return lossCounters.counts();
    }
}
