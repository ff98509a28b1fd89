package io.flosse;

import io.flosse.internal.Causes;
import io.flosse.internal.LogSanitizer;
import io.flosse.internal.RefusedCalls;
import io.flosse.internal.StreamScope;
import io.flosse.internal.StreamWaits;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Iterator;
import java.util.NoSuchElementException;
import java.util.Objects;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Flow;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A bounded queue between a source that calls back and the loop of a generator, such as the client of a language model
 * or a {@link Flow.Publisher}. The source puts elements on its own threads, the generator takes them on its own:
 *
 * <pre>{@code
 * EventQueue<String> tokens = EventQueue.open(request, 16);
 * ModelCall call = model.stream(prompt, tokens::put, tokens::complete, tokens::fail);
 * tokens.onEnd(call::cancel);
 * for (String token : tokens) {
 *     sink.yield("token", token);
 * }
 * }</pre>
 *
 * <p>The queue closes with its stream, whatever ends it: the generator returns or throws, the client leaves, the server
 * is drained, or the stream never opens. Closing runs the actions of {@link #onEnd} once, so a client that leaves stops
 * the source.
 *
 * <p>Any number of threads may put. One thread at a time iterates.
 *
 * @param <T> the type of the elements, which are never null
 */
public final class EventQueue<T> implements Iterable<T>, AutoCloseable {

    private static final Logger LOGGER = System.getLogger("io.flosse");

    /** By its name, because this module uses no channels. */
    private static final String CLOSED_BY_INTERRUPT = "java.nio.channels.ClosedByInterruptException";

    private final int capacity;

    /** The scope of the generator or job that opened this queue or iterates over it. */
    private volatile @Nullable StreamScope scope;

    private volatile StreamWaits waits = StreamWaits.NONE;

    private final Runnable closeAction = this::close;
    private final Runnable wakeAction = this::wakeAll;

    /** Counts the calls after the end of the stream. A generator has one count for all its calls. */
    private final RefusedCalls refusedCalls;

    /** Counts the attempts to read past the last element. */
    private final RefusedCalls readsPastEnd;

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition notFull = lock.newCondition();
    private final Condition notEmpty = lock.newCondition();

    // Guarded by lock.
    private final Deque<T> elements = new ArrayDeque<>();
    private final Deque<Runnable> endActions = new ArrayDeque<>(1);
    private @Nullable QueueSubscriber subscriber;
    private boolean completed;
    private @Nullable Throwable failure;
    private boolean closed;

    /** The thread that iterates, or is expected to. */
    private Thread consumer = Thread.currentThread();

    /** The element that {@code hasNext} has found. Used by the iterating thread only. */
    private @Nullable T next;

    private EventQueue(int capacity) {
        if (capacity < 1) {
            throw new IllegalArgumentException("The capacity of an EventQueue must be at least 1, but is " + capacity);
        }
        this.capacity = capacity;
        refusedCalls = StreamScope.current()
                .map(StreamScope::refused)
                .orElseGet(() -> new RefusedCalls(EventQueue::describeCurrentThread, new RefusedCalls.Warnings(1)));
        readsPastEnd = refusedCalls.ofSameCaller();
    }

    private static String describeCurrentThread() {
        Thread current = Thread.currentThread();
        return LogSanitizer.of("The EventQueue's thread #" + current.threadId() + " " + current.getName());
    }

    /**
     * Opens a queue for the stream of a request. It is closed when the generator returns, and at the latest when the
     * request is finished ({@link SseRequest#onDone}), also if its stream never opens.
     *
     * @param request the request
     * @param capacity the maximum number of elements, at least 1. A small number is enough: it bounds how far the source
     *     gets ahead of the client
     * @param <T> the type of the elements
     * @return an empty queue
     * @throws IllegalArgumentException if the capacity is less than 1
     */
    public static <T> EventQueue<T> open(SseRequest request, int capacity) {
        EventQueue<T> queue = open(capacity);
        request.onDone(queue.closeAction);
        return queue;
    }

    /**
     * Opens a queue for a {@linkplain io.flosse.channel.Job job}. On the thread of a job or a generator, it is closed at
     * the latest when that returns. Anywhere else the caller closes it.
     *
     * @param capacity the maximum number of elements, at least 1
     * @param <T> the type of the elements
     * @return an empty queue
     * @throws IllegalArgumentException if the capacity is less than 1
     */
    public static <T> EventQueue<T> open(int capacity) {
        EventQueue<T> queue = new EventQueue<>(capacity);
        queue.joinScope();
        return queue;
    }

    /** On the thread of a generator or a job, joins its scope, so that its end closes this queue and wakes its waits. */
    private void joinScope() {
        StreamScope current = StreamScope.current().orElse(null);
        if (scope == null && current != null) {
            scope = current;
            waits = current.waits();
            current.add(closeAction);
            waits.add(wakeAction);
        }
    }

    /**
     * Adds an element. Waits while the queue is full. Once the stream has ended, a thread that goes on is slowed down as
     * described in {@link EventSink}.
     *
     * @param element the element, not null
     * @throws StreamEndedException if the stream has ended, or the calling thread was interrupted (its interrupt flag
     *     stays set); the element was not added
     * @throws IllegalStateException after {@link #complete} or {@link #fail}; or if the queue is full and the calling
     *     thread is the one that takes the elements, since it would wait for ever. Until a thread iterates, that is the
     *     thread that opened the queue
     */
    public void put(T element) {
        Objects.requireNonNull(element, "An EventQueue takes no null; call complete() to end it");
        try {
            putInterruptibly(element);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            refusedCalls.refused();
            throw new StreamEndedException("The thread was interrupted, so nothing was put into the EventQueue", e);
        } catch (StreamEndedException e) {
            refusedCalls.refused();
            throw e;
        }
        refusedCalls.accepted();
    }

    private void putInterruptibly(T element) throws InterruptedException {
        lock.lockInterruptibly();
        try {
            requireOpen();
            while (elements.size() >= capacity) {
                if (consumer == Thread.currentThread()) {
                    throw new IllegalStateException("The EventQueue is full (" + capacity
                            + " elements), and this thread is the one that takes them, so put would wait for ever."
                            + " Put on another thread, or yield directly");
                }
                notFull.await();
                requireOpen();
            }
            elements.add(element);
            notEmpty.signal();
        } finally {
            lock.unlock();
        }
    }

    private void requireOpen() {
        waits.requireLive();
        if (closed) {
            throw new StreamEndedException("The stream has ended, so its EventQueue takes no more elements", null);
        }
        if (isDone()) {
            throw new IllegalStateException(
                    "complete() or fail() was called before, so the EventQueue takes no more elements");
        }
    }

    private boolean isDone() {
        return completed || failure != null;
    }

    /**
     * Ends the iteration after the elements in the queue. Does nothing after an earlier {@code complete} or
     * {@link #fail}, or after the end of the stream.
     */
    public void complete() {
        finish(null);
    }

    /**
     * Ends the iteration with a failure, after the elements in the queue. An unchecked exception is thrown as it is, any
     * other as the cause of a {@link CompletionException}. So the stream ends as {@link EndCause#FAILED}, unless the
     * generator catches it. Does nothing after an earlier {@link #complete} or {@code fail}, or after the end of the
     * stream.
     *
     * @param cause the reason, not null
     */
    public void fail(Throwable cause) {
        finish(Objects.requireNonNull(cause));
    }

    private void finish(@Nullable Throwable cause) {
        lock.lock();
        try {
            if (!closed && !isDone()) {
                failure = cause;
                completed = cause == null;
                notEmpty.signalAll();
                notFull.signalAll();
            }
        } finally {
            lock.unlock();
        }
    }

    /**
     * Registers an action for the end of the stream, such as cancelling the source. It runs once, whatever ends the
     * stream, also after {@link #complete}. The latest action runs first.
     *
     * @param action runs on the thread that closes this queue, usually the generator's, which an interrupt does not break
     *     off; or at once if this queue is closed. Its exceptions are logged
     */
    public void onEnd(Runnable action) {
        Objects.requireNonNull(action);
        lock.lock();
        try {
            if (!closed) {
                endActions.push(action);
                return;
            }
        } finally {
            lock.unlock();
        }
        run(action);
    }

    private static void run(Runnable action) {
        boolean interrupted = Thread.interrupted(); // an action that blocks, such as a request to cancel, must work
        try {
            action.run();
        } catch (Throwable e) {
            LOGGER.log(
                    Level.WARNING,
                    "An action for the end of an EventQueue failed; the stream ends as if it had not",
                    e);
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    /**
     * Returns a subscriber that puts the elements of a publisher into this queue. It requests no more than the queue can
     * hold, so it never blocks the publisher. When the stream ends, it cancels its subscription. Do not call {@link #put}
     * on the same queue.
     *
     * @return a subscriber for one publisher, or for {@code HttpResponse.BodyHandlers.fromLineSubscriber}. A publisher
     *     that sends more than was requested fails the queue
     * @throws IllegalStateException if it was called before
     */
    public Flow.Subscriber<T> subscriber() {
        lock.lock();
        try {
            if (subscriber != null) {
                throw new IllegalStateException(
                        "An EventQueue has one subscriber, for one publisher: open a queue for each publisher");
            }
            QueueSubscriber created = new QueueSubscriber();
            subscriber = created;
            return created;
        } finally {
            lock.unlock();
        }
    }

    /**
     * Reads an iterator on a virtual thread of its own, and completes or fails this queue when the iterator does. The
     * thread is interrupted when the stream ends, also on a route that does not interrupt its generator. Use one source
     * for a queue: the first that ends completes it.
     *
     * @param source the iterator, not null; a null element fails the queue
     */
    public void readFrom(Iterator<? extends T> source) {
        Objects.requireNonNull(source);
        read(() -> source.forEachRemaining(this::put), () -> {});
    }

    /**
     * Reads a stream on a virtual thread of its own, sequentially, and completes or fails this queue when the stream does.
     * When the event stream ends, the thread is interrupted, also on a route that does not interrupt its generator, and
     * the source is closed. Use one source for a queue: the first that ends completes it.
     *
     * @param source the stream, not null; a null element fails the queue
     */
    public void readFrom(Stream<? extends T> source) {
        Objects.requireNonNull(source);
        read(() -> source.sequential().forEachOrdered(this::put), source::close);
    }

    private void read(Runnable reading, Runnable release) {
        Thread reader = Thread.ofVirtual().name("flosse-source").start(() -> {
            try {
                reading.run();
                complete();
            } catch (Throwable e) {
                fail(e);
            }
        });
        onEnd(() -> {
            reader.interrupt();
            release.run();
        });
    }

    /**
     * Returns an iterator over the remaining elements. All iterators of a queue share its elements.
     *
     * <p>{@code hasNext} and {@code next} wait for an element. There is no next one after {@link #complete} or
     * {@link #close}. They throw the failure after {@link #fail}, and {@link StreamEndedException} if the calling thread
     * is interrupted, as it is when its stream ends; the interrupt flag stays set, and this queue is closed. Code that
     * ignores the end and asks again is slowed down, as described in {@link EventSink}.
     *
     * @return an iterator
     */
    @Override
    public Iterator<T> iterator() {
        return new Iterator<>() {
            @Override
            public boolean hasNext() {
                return peek() != null;
            }

            @Override
            public T next() {
                T element = peek();
                next = null;
                if (element == null) {
                    throw new NoSuchElementException("The source has completed, or the EventQueue was closed");
                }
                return element;
            }
        };
    }

    private @Nullable T peek() {
        if (next == null) {
            next = await();
        }
        return next;
    }

    private @Nullable T await() {
        T element;
        Throwable failed;
        QueueSubscriber supplier;
        joinScope(); // a permission may have opened this queue, on a thread without a scope
        try {
            lock.lockInterruptibly();
            try {
                consumer = Thread.currentThread();
                while (elements.isEmpty() && !closed && !isDone() && !waits.hasEnded()) {
                    notEmpty.await();
                }
                element = elements.poll();
                failed = closed ? null : failure;
                notFull.signal();
                supplier = subscriber;
            } finally {
                lock.unlock();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            close();
            refusedCalls.refused();
            throw new StreamEndedException("The thread that reads the EventQueue was interrupted", e);
        }
        if (element == null && waits.hasEnded()) {
            close();
            refusedCalls.refused();
            waits.requireLive();
        }
        if (element == null) {
            readsPastEnd.refused();
            if (failed != null) {
                throw failed(failed);
            }
            return null;
        }
        readsPastEnd.accepted();
        if (supplier != null) {
            supplier.taken();
        }
        return element;
    }

    /** Returns the exception for a failure of the source. An interrupt of the source is not one of the generator. */
    private static RuntimeException failed(Throwable failure) {
        boolean looksInterrupted = Causes.any(
                failure,
                cause -> cause instanceof InterruptedException
                        || cause.getClass().getName().equals(CLOSED_BY_INTERRUPT)
                        || cause instanceof StreamEndedException);
        if (looksInterrupted) {
            var broken = new IllegalStateException("The source of the EventQueue was interrupted: " + failure);
            broken.addSuppressed(failure);
            return broken;
        }
        return switch (failure) {
            case RuntimeException e -> e;
            case Error e -> throw e;
            default -> new CompletionException(failure);
        };
    }

    /**
     * Ends this queue and runs the actions of {@link #onEnd}. flosse calls it at the end of the stream; call it to stop
     * the source earlier. Discards the elements. Threads that wait to put get a {@link StreamEndedException}; an iterator
     * finds no next element. Has no effect if it is closed.
     */
    @Override
    public void close() {
        lock.lock();
        try {
            closed = true;
            elements.clear();
        } finally {
            lock.unlock();
        }
        wakeAll();
        waits.remove(wakeAction);
        StreamScope joinedScope = scope;
        if (joinedScope != null) {
            joinedScope.remove(closeAction);
        }
        for (Runnable action = nextEndAction(); action != null; action = nextEndAction()) {
            run(action);
        }
    }

    /** Makes all waiting threads look again. */
    private void wakeAll() {
        lock.lock();
        try {
            notEmpty.signalAll();
            notFull.signalAll();
        } finally {
            lock.unlock();
        }
    }

    private @Nullable Runnable nextEndAction() {
        lock.lock();
        try {
            return endActions.poll();
        } finally {
            lock.unlock();
        }
    }

    /** Puts the elements of a publisher. Its rules are those of {@link Flow}, section 2 of Reactive Streams. */
    private final class QueueSubscriber implements Flow.Subscriber<T> {

        /** Held while a method of the subscription runs: they must not be called concurrently (rule 2.7). */
        private final ReentrantLock calls = new ReentrantLock();

        // Guarded by calls.
        private Flow.@Nullable Subscription subscription;

        /** Whether the subscription is over, so that none of its methods may be called any more (rules 2.3, 2.4). */
        private volatile boolean over;

        /** The number of elements taken since the last request. Used by the iterating thread only. */
        private int taken;

        @Override
        public void onSubscribe(Flow.Subscription newSubscription) {
            Objects.requireNonNull(newSubscription);
            boolean isFirst;
            calls.lock();
            try {
                isFirst = subscription == null;
                subscription = isFirst ? newSubscription : subscription;
            } finally {
                calls.unlock();
            }
            if (isFirst) {
                onEnd(this::cancel);
                request(capacity);
            } else {
                newSubscription.cancel(); // rule 2.5
            }
        }

        /** Called after an element was taken. Requests as many as were taken, in batches. */
        private void taken() {
            if (++taken >= Math.max(1, capacity / 2)) {
                int count = taken;
                taken = 0;
                request(count);
            }
        }

        private void request(int count) {
            calls.lock();
            try {
                if (subscription != null && !over) {
                    subscription.request(count);
                }
            } finally {
                calls.unlock();
            }
        }

        private void cancel() {
            calls.lock();
            try {
                if (subscription != null && !over) {
                    over = true;
                    subscription.cancel();
                }
            } finally {
                calls.unlock();
            }
        }

        @Override
        public void onNext(T element) {
            Objects.requireNonNull(element);
            if (!offer(element)) {
                fail(new IllegalStateException(
                        "The publisher has sent more elements than were requested, and the EventQueue is full ("
                                + capacity + " elements)"));
                cancel();
            }
        }

        /** Adds an element without waiting. Returns false if the queue is full. Ignores elements after the end. */
        private boolean offer(T element) {
            lock.lock();
            try {
                if (closed || isDone()) {
                    return true;
                }
                if (elements.size() >= capacity) {
                    return false;
                }
                elements.add(element);
                notEmpty.signal();
                return true;
            } finally {
                lock.unlock();
            }
        }

        @Override
        public void onError(Throwable cause) {
            Objects.requireNonNull(cause);
            over = true;
            fail(cause);
        }

        @Override
        public void onComplete() {
            over = true;
            complete();
        }
    }
}
