package io.flosse.internal.channel.fanout;

import io.flosse.SseEvent;
import io.flosse.StreamEndedException;
import io.flosse.channel.Channel.Loss;
import io.flosse.channel.Channel.Overflow;
import io.flosse.internal.RefusedCalls;
import io.flosse.internal.channel.backend.HistoryBudget;
import io.flosse.internal.channel.backend.Retention;
import io.flosse.internal.channel.backend.SubscriberOptions;
import io.flosse.internal.channel.fanout.ConflatingSubscriber.Verdict;
import io.flosse.internal.channel.log.EventLog;
import io.flosse.internal.channel.log.EventLog.Entry;
import java.util.ArrayList;
import java.util.HashMap;
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
 * The local part of a channel: a log of its events, and subscribers that read it, each at its own pace. Publishing
 * appends one entry to the log and wakes the waiting subscribers. Busy or stuck subscribers cost the publisher nothing.
 */
public final class Fanout {

    /** Number of appended events after which the slowest subscriber is determined again. */
    private static final int SCAN_INTERVAL = 64;

    private final EventLog log;
    private final Runnable whenUnused;
    private final LossCounters lossCounters = new LossCounters();
    private final Set<Subscriber> subscribers = ConcurrentHashMap.newKeySet();

    /** Subscribers that wait for an event. The thread that removes one wakes it. */
    private final Set<Subscriber> waitingSubscribers = ConcurrentHashMap.newKeySet();

    /** Deliver events to waiting subscribers that delegate their delivery. */
    private final DeliveryWorkers workers = new DeliveryWorkers();

    private final RefusedCalls.Warnings warnings = new RefusedCalls.Warnings(1);

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition capacityFreed = lock.newCondition();
    private final AtomicInteger waitingPublishers = new AtomicInteger();

    // Guarded by lock.
    private final List<CursorSubscriber> blockingSubscribers = new ArrayList<>();
    private final TreeMap<Integer, Integer> bufferSizes = new TreeMap<>();
    private long lastUse = System.nanoTime();
    private boolean retired;
    private int appendsSinceScan;

    /** A lower bound for the positions of all subscribers. */
    private long slowestPosition = Long.MAX_VALUE;

    /** Replaced under the lock; a list is never modified. */
    private volatile List<ConflatingSubscriber> conflatingSubscribers = List.of();

    private volatile boolean ended;
    private volatile boolean closed;

    /**
     * Creates a channel without events.
     *
     * @param retention the limits of the history
     * @param budget the memory that all histories share
     * @param whenUnused called after the last subscriber has left; another one may have come meanwhile
     */
    public Fanout(Retention retention, HistoryBudget budget, Runnable whenUnused) {
        log = new EventLog(retention, budget);
        this.whenUnused = whenUnused;
    }

    /**
     * Appends an event of the channel itself, such as a gap, which no filter sees.
     *
     * @param event creates the event for its position, which starts at 1
     * @return its position; 0 if this fan-out was retired and the channel needs a new one
     * @throws IllegalStateException if the channel has ended
     */
    public long append(LongFunction<? extends SseEvent> event) {
        return append(null, event);
    }

    /**
     * Appends an event. First waits while the buffer of a subscriber with {@link Overflow#BLOCK} is full.
     *
     * @param published the event as the user published it. The functions of conflating subscribers see it before it is
     *     appended, and run under no lock. Null for an event of the channel itself
     * @param event creates the event for its position, which starts at 1
     * @return its position; 0 if this fan-out was retired and the channel needs a new one
     * @throws IllegalStateException if the channel has ended
     */
    public long append(@Nullable SseEvent published, LongFunction<? extends SseEvent> event) {
        Map<ConflatingSubscriber, Verdict> verdicts = classify(published);
        long position;
        lock.lock();
        try {
            awaitCapacity();
            if (retired) {
                return 0;
            }
            requireOpen();
            position = log.tail();
            add(event.apply(position), published == null, verdicts);
        } finally {
            lock.unlock();
        }
        wakeAll();
        return position;
    }

    /**
     * Ends the channel. Has no effect if it has already ended.
     *
     * @param published the last event as the user published it, null for none
     * @param last creates the last event for its position, null for none
     * @return false if this fan-out was retired
     */
    public boolean end(@Nullable SseEvent published, @Nullable LongFunction<? extends SseEvent> last) {
        Map<ConflatingSubscriber, Verdict> verdicts = classify(published);
        lock.lock();
        try {
            if (retired) {
                return false;
            }
            if (!ended) {
                if (last != null) {
                    add(last.apply(log.tail()), published == null, verdicts);
                }
                ended = true;
                capacityFreed.signalAll();
            }
        } finally {
            lock.unlock();
        }
        wakeAll();
        return true;
    }

    /** Runs the functions of the conflating subscribers on an event. Under no lock. */
    private Map<ConflatingSubscriber, Verdict> classify(@Nullable SseEvent published) {
        List<ConflatingSubscriber> current = conflatingSubscribers;
        if (published == null || current.isEmpty() || ended || closed) {
            return Map.of();
        }
        Map<ConflatingSubscriber, Verdict> verdicts = new HashMap<>();
        for (ConflatingSubscriber subscriber : current) {
            verdicts.put(subscriber, subscriber.classify(published));
        }
        return verdicts;
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

    private void add(SseEvent event, boolean fromChannel, Map<ConflatingSubscriber, Verdict> verdicts) {
        long now = System.nanoTime();
        log.append(event, now);
        for (ConflatingSubscriber subscriber : conflatingSubscribers) {
            subscriber.offer(event, fromChannel ? ConflatingSubscriber.keepAlways(event) : verdicts.get(subscriber));
        }
        lastUse = now;
        trim(now);
    }

    private void trim(long now) {
        log.trim(firstNeededPosition(), now);
    }

    /** Returns the first position that the log must hold for subscribers. Scans all subscribers only at intervals. */
    private long firstNeededPosition() {
        if (bufferSizes.isEmpty()) {
            return log.tail();
        }
        if (++appendsSinceScan >= SCAN_INTERVAL) {
            appendsSinceScan = 0;
            slowestPosition =
                    subscribers.stream().mapToLong(Subscriber::position).min().orElse(log.tail());
        }
        long needed = Math.max(slowestPosition, log.tail() - bufferSizes.lastKey());
        for (CursorSubscriber subscriber : blockingSubscribers) {
            if (!subscriber.hasStreamEnded()) {
                needed = Math.min(needed, subscriber.position());
            }
        }
        return needed;
    }

    private void awaitCapacity() {
        if (blockingSubscribers.isEmpty()) {
            return;
        }
        waitingPublishers.incrementAndGet();
        try {
            while (!ended && !closed && blockingSubscribers.stream().anyMatch(CursorSubscriber::isFull)) {
                capacityFreed.await();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new StreamEndedException("The publishing thread was interrupted, so nothing was published", e);
        } finally {
            waitingPublishers.decrementAndGet();
        }
    }

    /** Wakes waiting publishers after a subscriber with {@link Overflow#BLOCK} has read an event. */
    void signalCapacity() {
        if (waitingPublishers.get() > 0) {
            lock.lock();
            try {
                capacityFreed.signalAll();
            } finally {
                lock.unlock();
            }
        }
    }

    private void wakeAll() {
        for (ConflatingSubscriber subscriber : conflatingSubscribers) {
            subscriber.classifyQueued();
        }
        for (Subscriber subscriber : waitingSubscribers) {
            wake(subscriber);
        }
        workers.dispatch();
    }

    DeliveryWorkers workers() {
        return workers;
    }

    /** Returns the callers named in the log for reading on after the end, outside of a generator. */
    RefusedCalls.Warnings warnings() {
        return warnings;
    }

    void wake(Subscriber subscriber) {
        if (waitingSubscribers.remove(subscriber)) {
            subscriber.unpark();
        }
    }

    void addWaiting(Subscriber subscriber) {
        waitingSubscribers.add(subscriber);
    }

    void removeWaiting(Subscriber subscriber) {
        waitingSubscribers.remove(subscriber);
    }

    /**
     * Subscribes to the channel.
     *
     * @param options the subscriber's options
     * @param startPosition returns where it begins; called once, under the lock, so that no event is published
     *     meanwhile
     * @return the subscription, empty if this fan-out was retired
     */
    public Optional<Subscriber> subscribe(SubscriberOptions options, Function<Fanout, StartPosition> startPosition) {
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
            StartPosition start = startPosition.apply(this);
            subscriber = subscriber(options, start);
            subscribers.add(subscriber);
            slowestPosition = Math.min(slowestPosition, subscriber.position());
            bufferSizes.merge(options.buffer(), 1, Integer::sum);
            if (start.backlog() == null) {
                subscriber.join(start.position());
            }
            subscriber.joinScope();
        } finally {
            lock.unlock();
        }
        if (subscriber instanceof ConflatingSubscriber conflating) {
            conflating.classifyQueued();
        }
        return Optional.of(subscriber);
    }

    private Subscriber subscriber(SubscriberOptions options, StartPosition startPosition) {
        return options.conflation().isPresent()
                ? new ConflatingSubscriber(
                        this, options, startPosition, options.conflation().get())
                : new CursorSubscriber(this, options, startPosition);
    }

    /**
     * Lets a subscriber continue in the log. Publishers wait for a subscriber with {@link Overflow#BLOCK} only from now
     * on, not while it reads its backlog.
     *
     * @return false if the log no longer holds the position, so that the subscriber must continue with the backlog
     */
    boolean join(CursorSubscriber subscriber, long position) {
        lock.lock();
        try {
            if (position < log.head()) {
                return false;
            }
            subscriber.joined(position);
            if (subscriber.blocks() && subscribers.contains(subscriber)) {
                blockingSubscribers.add(subscriber);
            }
            return true;
        } finally {
            lock.unlock();
        }
    }

    /** Gives a conflating subscriber the events of the log from a position on, and from now on each new event. */
    void join(ConflatingSubscriber subscriber, long position) {
        lock.lock();
        try {
            if (!subscribers.contains(subscriber)) {
                return; // closed while it was reading its backlog
            }
            List<SseEvent> events = new ArrayList<>();
            long missing = 0;
            for (long at = position; at < log.tail(); at++) {
                Entry entry = log.read(at);
                if (entry == null) {
                    missing++;
                } else if (entry.isOmittedFor(subscriber.subscribedAt)) {
                    long next = log.skipOmitted(at, subscriber.subscribedAt);
                    events.add(omitted(subscriber.options, at, next));
                    at = next - 1;
                } else {
                    events.add(entry.event());
                }
            }
            subscriber.takeOver(events, missing);
            List<ConflatingSubscriber> joined = new ArrayList<>(conflatingSubscribers);
            joined.add(subscriber);
            conflatingSubscribers = List.copyOf(joined);
        } finally {
            lock.unlock();
        }
    }

    void leave(Subscriber subscriber, int buffer) {
        if (!subscribers.remove(subscriber)) {
            return;
        }
        lock.lock();
        try {
            blockingSubscribers.remove(subscriber);
            if (conflatingSubscribers.contains(subscriber)) {
                conflatingSubscribers = conflatingSubscribers.stream()
                        .filter(other -> !other.equals(subscriber))
                        .toList();
            }
            bufferSizes.computeIfPresent(buffer, (size, count) -> count == 1 ? null : count - 1);
            lastUse = System.nanoTime();
            capacityFreed.signalAll();
        } finally {
            lock.unlock();
        }
        if (subscribers.isEmpty()) {
            whenUnused.run();
        }
    }

    /**
     * Removes expired events. Retires this fan-out if it has been unused for some time and has no history.
     *
     * @param idleNanos the required time without use, in nanoseconds
     * @return whether it is retired now
     */
    public boolean retire(long idleNanos) {
        lock.lock();
        try {
            long now = System.nanoTime();
            appendsSinceScan = SCAN_INTERVAL;
            trim(now);
            boolean neverPublished = log.tail() == EventLog.FIRST;
            retired |= subscribers.isEmpty()
                    && !log.hasHistory()
                    && ((neverPublished && !ended) || now - lastUse >= idleNanos);
            return retired;
        } finally {
            lock.unlock();
        }
    }

    /**
     * Retires this fan-out if it has no subscribers, regardless of its history. For channels whose history is in a
     * store.
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

    /**
     * Does the same, unless another thread holds the lock. Never waits.
     *
     * @return whether it is retired now
     */
    public boolean tryRetireUnsubscribed() {
        if (!lock.tryLock()) {
            return false;
        }
        try {
            return retireUnsubscribed();
        } finally {
            lock.unlock();
        }
    }

    /**
     * Returns whether this fan-out was retired.
     *
     * @return whether the channel needs a new one
     */
    public boolean isRetired() {
        lock.lock();
        try {
            return retired;
        } finally {
            lock.unlock();
        }
    }

    /** Shortens the history until the budget of all histories is no longer exceeded. Live events are not lost. */
    public void cutHistory() {
        lock.lock();
        try {
            log.cut(firstNeededPosition());
        } finally {
            lock.unlock();
        }
    }

    /** Returns the memory of the history to the budget. Called after the channel was removed from its registry. */
    public void release() {
        lock.lock();
        try {
            log.release();
        } finally {
            lock.unlock();
        }
    }

    /** Ends all subscriptions as if their streams were disconnected, so that their clients reconnect. */
    public void close() {
        closed = true;
        lock.lock();
        try {
            capacityFreed.signalAll();
        } finally {
            lock.unlock();
        }
        wakeAll();
    }

    /**
     * Returns whether the channel has ended.
     *
     * @return whether {@link #end} was called
     */
    public boolean isEnded() {
        return ended;
    }

    /**
     * Returns whether the subscriptions were disconnected.
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
     * Returns the position of the next event.
     *
     * @return the position
     */
    public long tail() {
        return log.tail();
    }

    /**
     * Returns the position of the oldest event in the history. For the start position of {@link #subscribe}.
     *
     * @return the position, that of the next event if there is no history
     */
    public long oldest() {
        return log.oldest();
    }

    /**
     * Returns whether this log holds all events that the retention of a history allows, including those from before this
     * log began.
     *
     * @return whether the history in the log is complete
     */
    public boolean holdsWholeHistory() {
        lock.lock();
        try {
            return log.oldest() > EventLog.FIRST && !log.isCut();
        } finally {
            lock.unlock();
        }
    }

    /**
     * Returns whether this log can tell what follows an event, without a gap that only its shortened history causes.
     *
     * @param last the position of the event
     * @return whether {@link #after} is right about the events that are lost
     */
    public boolean knowsWhatFollows(long last) {
        lock.lock();
        try {
            return last + 1 >= log.oldest() || !log.isCut();
        } finally {
            lock.unlock();
        }
    }

    /**
     * Returns the start position after an event of the log, with a gap if later events were removed. For
     * {@link #subscribe}.
     *
     * @param options the subscriber's options
     * @param last the position of the last event that the subscriber received
     * @return where it begins
     */
    public StartPosition after(SubscriberOptions options, long last) {
        if (last + 1 >= log.oldest()) {
            return new StartPosition(last + 1, null, null);
        }
        long next = oldestToReplay();
        return new StartPosition(next, omitted(options, last + 1, next), null);
    }

    /**
     * Returns the start position after an event that the channel does not know, with a gap. For {@link #subscribe}.
     *
     * @return where the subscriber begins
     */
    public StartPosition afterUnknown() {
        lost(Loss.UNKNOWN_ID, 1);
        long next = oldestToReplay();
        return new StartPosition(next, Gap.of(Optional.empty(), id(next)), null);
    }

    /** Returns the position of the oldest event that a new subscriber can get, or the tail. */
    private long oldestToReplay() {
        return log.skipOmitted(log.oldest(), log.tail());
    }

    /** Counts the events from one position to another as lost, and returns the gap that reports them. */
    SseEvent omitted(SubscriberOptions options, long from, long to) {
        lost(Loss.TRIMMED, to - from);
        return Gap.of(options.missed(to - from), id(to));
    }

    /**
     * Returns the id of the event at a position.
     *
     * @param position the position
     * @return its id, empty if the event is not held or has none
     */
    public Optional<String> id(long position) {
        return Optional.ofNullable(log.read(position))
                .flatMap(entry -> entry.event().id());
    }

    /**
     * Returns the first held position with a matching event.
     *
     * @param predicate matches an event
     * @return its position, that of the next event if there is none
     */
    public long first(Predicate<SseEvent> predicate) {
        for (long at = log.head(); at < log.tail(); at++) {
            Entry entry = log.read(at);
            if (entry != null && predicate.test(entry.event())) {
                return at;
            }
        }
        return log.tail();
    }

    /**
     * Counts the subscriptions.
     *
     * @return the number of open subscriptions
     */
    public int subscribers() {
        return subscribers.size();
    }

    /**
     * Records lost events.
     *
     * @param cause the reason
     * @param count the number
     */
    public void lost(Loss cause, long count) {
        lossCounters.add(cause, count);
    }

    /**
     * Returns the losses of all subscribers.
     *
     * @return a count for each reason
     */
    public Map<Loss, Long> losses() {
        return lossCounters.counts();
    }
}
