package io.flosse;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.flosse.channel.Channels;
import io.flosse.contract.SubscriptionReader;
import io.flosse.fixture.WarningLog;
import io.flosse.internal.RefusedCalls;
import io.flosse.internal.StreamScope;
import io.flosse.internal.StreamWaits;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Flow;
import java.util.concurrent.SubmissionPublisher;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.Timeout.ThreadMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A queue between callbacks and a generator. */
@Timeout(value = 60, threadMode = ThreadMode.SEPARATE_THREAD)
class EventQueueTest {

    private final FakeRequest request = FakeRequest.from("127.0.0.1");

    private static void await(BooleanSupplier condition, String what) {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(SubscriptionReader.TIMEOUT_SECONDS);
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() > deadline) {
                throw new AssertionError("Timed out waiting for " + what);
            }
            LockSupport.parkNanos(2_000_000);
        }
    }

    private static void awaitBlocked(Thread thread) {
        await(() -> thread.getState() == Thread.State.WAITING, "the thread to wait");
    }

    private static <T> List<T> all(EventQueue<T> queue) {
        List<T> elements = new ArrayList<>();
        queue.forEach(elements::add);
        return elements;
    }

    /** Starts a thread that puts one element; the result is what it throws, or null. */
    private static <T> CompletableFuture<Throwable> thrownByPut(EventQueue<T> queue, T element, List<Thread> threads) {
        CompletableFuture<Throwable> thrown = new CompletableFuture<>();
        threads.add(Thread.ofPlatform().daemon().start(() -> {
            try {
                queue.put(element);
                thrown.complete(null);
            } catch (Throwable e) {
                thrown.complete(e);
            }
        }));
        return thrown;
    }

    @Test
    void elementsOfManyThreadsArriveOnceAndInTheOrderOfEachThread() throws Exception {
        int threads = 4;
        int each = 500;
        EventQueue<String> queue = EventQueue.open(request, 3);
        List<Thread> producers = new ArrayList<>();
        for (int t = 0; t < threads; t++) {
            String name = "thread" + t;
            producers.add(Thread.ofVirtual().start(() -> {
                for (int i = 0; i < each; i++) {
                    queue.put(name + " " + i);
                }
            }));
        }
        Thread completer = Thread.ofVirtual().start(() -> {
            for (Thread producer : producers) {
                join(producer);
            }
            queue.complete();
        });

        List<String> elements = all(queue);

        completer.join();
        assertThat(elements).hasSize(threads * each);
        for (int t = 0; t < threads; t++) {
            String name = "thread" + t;
            assertThat(elements.stream().filter(element -> element.startsWith(name)))
                    .containsExactlyElementsOf(IntStream.range(0, each)
                            .mapToObj(i -> name + " " + i)
                            .toList());
        }
    }

    private static void join(Thread thread) {
        try {
            thread.join();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void putWaitsWhileTheQueueIsFull() throws Exception {
        EventQueue<Integer> queue = EventQueue.open(request, 2);
        queue.put(1);
        queue.put(2);
        List<Thread> threads = new ArrayList<>();
        CompletableFuture<Throwable> third = thrownByPut(queue, 3, threads);
        awaitBlocked(threads.getFirst());

        Iterator<Integer> elements = queue.iterator();

        assertThat(elements.next()).isEqualTo(1);
        assertThat(third.get(SubscriptionReader.TIMEOUT_SECONDS, TimeUnit.SECONDS))
                .isNull();
        queue.complete();
        assertThat(elements.next()).isEqualTo(2);
        assertThat(elements.next()).isEqualTo(3);
        assertThat(elements.hasNext()).isFalse();
        assertThatThrownBy(elements::next).isInstanceOf(NoSuchElementException.class);
    }

    /** It would wait for itself. */
    @Test
    void putOnTheReadingThreadIntoAFullQueueIsRefused() {
        EventQueue<Integer> queue = EventQueue.open(request, 1);
        queue.put(1);
        assertThatThrownBy(() -> queue.put(2))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("full (1 elements)")
                .hasMessageContaining("another thread");
        List<Integer> seen = new ArrayList<>();
        for (int element : queue) {
            seen.add(element);
            if (element < 5) {
                queue.put(element + 1); // there is room, since the element was taken
            } else {
                queue.complete();
            }
        }
        assertThat(seen).containsExactly(1, 2, 3, 4, 5);
    }

    @Test
    void interruptEndsTheWaitOfPutAndStaysSet() throws Exception {
        EventQueue<Integer> queue = EventQueue.open(request, 1);
        queue.put(1);
        AtomicBoolean interrupted = new AtomicBoolean();
        CompletableFuture<Throwable> thrown = new CompletableFuture<>();
        Thread producer = Thread.ofPlatform().start(() -> {
            try {
                queue.put(2);
            } catch (StreamEndedException e) {
                interrupted.set(Thread.currentThread().isInterrupted());
                thrown.complete(e);
            }
        });
        awaitBlocked(producer);
        producer.interrupt();
        assertThat(thrown.get(SubscriptionReader.TIMEOUT_SECONDS, TimeUnit.SECONDS))
                .hasMessageContaining("nothing was put");
        assertThat(interrupted).isTrue();
        queue.complete();
        assertThat(all(queue)).containsExactly(1);
    }

    @Test
    void interruptOfTheReadingThreadClosesTheQueue() throws Exception {
        EventQueue<Integer> queue = EventQueue.open(request, 1);
        AtomicInteger ended = new AtomicInteger();
        AtomicBoolean interruptedInAction = new AtomicBoolean();
        queue.onEnd(() -> {
            ended.incrementAndGet();
            interruptedInAction.set(Thread.currentThread().isInterrupted());
        });
        CompletableFuture<Throwable> thrown = new CompletableFuture<>();
        AtomicBoolean interrupted = new AtomicBoolean();
        Thread reader = Thread.ofVirtual().start(() -> {
            try {
                boolean unused = queue.iterator().hasNext();
            } catch (Throwable e) {
                interrupted.set(Thread.currentThread().isInterrupted());
                thrown.complete(e);
            }
        });
        awaitBlocked(reader);
        reader.interrupt();
        assertThat(thrown.get(SubscriptionReader.TIMEOUT_SECONDS, TimeUnit.SECONDS))
                .isInstanceOf(StreamEndedException.class);
        assertThat(interrupted).isTrue();
        assertThat(interruptedInAction)
                .as("an action that blocks would be broken off")
                .isFalse();
        assertThat(ended).hasValue(1);
        assertThatThrownBy(() -> queue.put(1)).isInstanceOf(StreamEndedException.class);
    }

    /** How a queue comes to its end. */
    enum End {
        CLOSE,
        REQUEST_DONE,
        COMPLETED,
        FAILED,
        SCOPE,
        GENERATOR_THROWS
    }

    @ParameterizedTest
    @EnumSource
    void actionRunsOnceForEachEnd(End end) {
        AtomicInteger ended = new AtomicInteger();
        try (StreamScope scope =
                StreamScope.open(new RefusedCalls(() -> "This test", new RefusedCalls.Warnings(1)), StreamWaits.NONE)) {
            EventQueue<Integer> queue = EventQueue.open(request, 1);
            queue.onEnd(ended::incrementAndGet);
            queue.put(1);
            switch (end) {
                case CLOSE -> queue.close();
                case REQUEST_DONE -> request.done();
                case COMPLETED -> {
                    queue.complete();
                    assertThat(all(queue)).containsExactly(1);
                }
                case FAILED -> {
                    queue.fail(new IllegalArgumentException("failed"));
                    assertThatThrownBy(() -> all(queue)).isInstanceOf(IllegalArgumentException.class);
                }
                case GENERATOR_THROWS -> throw new UnsupportedOperationException();
                case SCOPE -> {}
            }
            if (end == End.CLOSE || end == End.REQUEST_DONE) {
                assertThat(ended).hasValue(1);
                assertThatThrownBy(() -> queue.put(2)).isInstanceOf(StreamEndedException.class);
            }
        } catch (UnsupportedOperationException ofTheGenerator) {
            assertThat(end).isEqualTo(End.GENERATOR_THROWS);
        }
        assertThat(ended).as("after the generator has returned").hasValue(1);
        request.done();
        assertThat(ended).as("after the request").hasValue(1);
    }

    @Test
    void concurrentClosesRunTheActionOnce() throws Exception {
        for (int i = 0; i < 200; i++) {
            EventQueue<Integer> queue = EventQueue.open(1);
            AtomicInteger ended = new AtomicInteger();
            List<Thread> threads = new ArrayList<>();
            for (int t = 0; t < 4; t++) {
                threads.add(Thread.ofVirtual().start(queue::close));
            }
            queue.onEnd(ended::incrementAndGet);
            for (Thread thread : threads) {
                thread.join();
            }
            assertThat(ended).hasValue(1);
        }
    }

    @Test
    void actionsRunLatestFirstAndAFailingOneIsLogged() {
        try (WarningLog log = new WarningLog()) {
            EventQueue<Integer> queue = EventQueue.open(1);
            List<String> order = new ArrayList<>();
            queue.onEnd(() -> order.add("first"));
            queue.onEnd(() -> {
                throw new AssertionError("an action");
            });
            queue.onEnd(() -> order.add("last"));
            queue.close();
            queue.onEnd(() -> order.add("late"));
            assertThat(order).containsExactly("last", "first", "late");
            assertThat(log.messages()).hasSize(1).first().asString().startsWith("An action for the end");
        }
    }

    @Test
    void closeEndsTheWaitsOfAllThreads() throws Exception {
        EventQueue<Integer> full = EventQueue.open(1);
        full.put(0);
        List<Thread> threads = new ArrayList<>();
        List<CompletableFuture<Throwable>> puts =
                List.of(thrownByPut(full, 1, threads), thrownByPut(full, 2, threads), thrownByPut(full, 3, threads));
        EventQueue<Integer> empty = EventQueue.open(1);
        CompletableFuture<Boolean> found = new CompletableFuture<>();
        threads.add(
                Thread.ofVirtual().start(() -> found.complete(empty.iterator().hasNext())));
        threads.forEach(EventQueueTest::awaitBlocked);

        full.close();
        empty.close();

        for (CompletableFuture<Throwable> put : puts) {
            assertThat(put.get(SubscriptionReader.TIMEOUT_SECONDS, TimeUnit.SECONDS))
                    .isInstanceOf(StreamEndedException.class);
        }
        assertThat(found.get(SubscriptionReader.TIMEOUT_SECONDS, TimeUnit.SECONDS))
                .isFalse();
    }

    @Test
    void firstOfCompleteAndFailCountsAndPutIsRefusedAfterIt() throws Exception {
        EventQueue<Integer> queue = EventQueue.open(1);
        queue.put(1);
        List<Thread> threads = new ArrayList<>();
        CompletableFuture<Throwable> waiting = thrownByPut(queue, 2, threads);
        awaitBlocked(threads.getFirst());
        queue.complete();
        queue.fail(new IOException("too late"));
        assertThat(waiting.get(SubscriptionReader.TIMEOUT_SECONDS, TimeUnit.SECONDS))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("complete()");
        assertThatThrownBy(() -> queue.put(3)).isInstanceOf(IllegalStateException.class);
        assertThat(all(queue)).containsExactly(1);
    }

    @Test
    void failureArrivesAfterTheElements() {
        EventQueue<Integer> queue = EventQueue.open(2);
        queue.put(1);
        IOException failure = new IOException("the model is gone");
        queue.fail(failure);
        Iterator<Integer> elements = queue.iterator();
        assertThat(elements.next()).isEqualTo(1);
        assertThatThrownBy(elements::hasNext)
                .isInstanceOf(CompletionException.class)
                .hasCause(failure);
        Error error = new StackOverflowError();
        EventQueue<Integer> other = EventQueue.open(1);
        other.fail(error);
        assertThatThrownBy(() -> all(other)).isSameAs(error);
    }

    /** Otherwise the stream would end as if its own thread had been interrupted. */
    @Test
    void interruptOfTheSourceDoesNotLookLikeOneOfTheGenerator() {
        for (Throwable failure : List.of(
                new InterruptedException(),
                new CompletionException(new InterruptedException()),
                new StreamEndedException("another stream", null))) {
            EventQueue<Integer> queue = EventQueue.open(1);
            queue.fail(failure);
            assertThatThrownBy(() -> all(queue))
                    .isExactlyInstanceOf(IllegalStateException.class)
                    .hasNoCause()
                    .hasSuppressedException(failure);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, -1, Integer.MIN_VALUE})
    void capacityIsAtLeastOne(int capacity) {
        assertThatThrownBy(() -> EventQueue.open(capacity))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(Integer.toString(capacity));
        assertThatThrownBy(() -> EventQueue.open(request, capacity)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    @SuppressWarnings("NullAway") // what a caller without null checks passes
    void nullIsRefused() {
        EventQueue<Integer> queue = EventQueue.open(1);
        assertThatThrownBy(() -> queue.put(null)).isInstanceOf(NullPointerException.class);
        assertThatThrownBy(() -> queue.fail(null)).isInstanceOf(NullPointerException.class);
        assertThatThrownBy(() -> queue.onEnd(null)).isInstanceOf(NullPointerException.class);
        Flow.Subscriber<Integer> subscriber = queue.subscriber();
        assertThatThrownBy(() -> subscriber.onSubscribe(null)).isInstanceOf(NullPointerException.class);
        assertThatThrownBy(() -> subscriber.onNext(null)).isInstanceOf(NullPointerException.class);
        assertThatThrownBy(() -> subscriber.onError(null)).isInstanceOf(NullPointerException.class);
        subscriber.onSubscribe(new RecordingSubscription());
        subscriber.onNext(1);
        subscriber.onComplete();
        assertThat(all(queue)).containsExactly(1);
    }

    /** A producer that swallows the exception and goes on does not use up a processor. */
    @Test
    void putAfterTheEndIsSlowedDownAndNamed() {
        try (WarningLog log = new WarningLog()) {
            EventQueue<Integer> queue = EventQueue.open(1);
            queue.close();
            for (int i = 0; i < 12; i++) {
                assertThatThrownBy(() -> queue.put(1)).isInstanceOf(StreamEndedException.class);
            }
            assertThat(log.messages()).hasSize(1).first().asString().contains("EventQueue's thread", "goes on");
        }
    }

    private static final class RecordingSubscription implements Flow.Subscription {

        private final AtomicInteger requested = new AtomicInteger();
        private final AtomicInteger cancelled = new AtomicInteger();

        @Override
        public void request(long n) {
            requested.addAndGet((int) n);
        }

        @Override
        public void cancel() {
            cancelled.incrementAndGet();
        }
    }

    @Test
    void subscriberRequestsNoMoreThanTheQueueHolds() {
        int capacity = 4;
        EventQueue<Integer> queue = EventQueue.open(capacity);
        RecordingSubscription subscription = new RecordingSubscription();
        Flow.Subscriber<Integer> subscriber = queue.subscriber();
        subscriber.onSubscribe(subscription);
        assertThat(subscription.requested).hasValue(capacity);
        Iterator<Integer> elements = queue.iterator();
        int sent = 0;
        for (int taken = 0; taken < 100; taken++) {
            while (sent < subscription.requested.get()) {
                subscriber.onNext(sent++);
            }
            assertThat(elements.next()).isEqualTo(taken);
            assertThat(subscription.requested.get() - taken - 1).isBetween(capacity / 2, capacity);
        }
        assertThat(subscription.cancelled).hasValue(0);
        queue.close();
        queue.close();
        assertThat(subscription.cancelled).hasValue(1);
        subscriber.onNext(1);
        subscriber.onError(new IOException("after the cancel"));
        subscriber.onComplete();
        assertThat(subscription.cancelled).hasValue(1);
        assertThat(elements.hasNext()).isFalse();
    }

    @Test
    void secondSubscriptionIsCancelled() {
        EventQueue<Integer> queue = EventQueue.open(2);
        RecordingSubscription first = new RecordingSubscription();
        RecordingSubscription second = new RecordingSubscription();
        Flow.Subscriber<Integer> subscriber = queue.subscriber();
        subscriber.onSubscribe(first);
        subscriber.onSubscribe(second);
        assertThat(second.cancelled).hasValue(1);
        assertThat(second.requested).hasValue(0);
        assertThat(first.cancelled).hasValue(0);
        assertThatThrownBy(queue::subscriber).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void subscriptionAfterTheEndIsCancelledAtOnce() {
        EventQueue<Integer> queue = EventQueue.open(2);
        Flow.Subscriber<Integer> subscriber = queue.subscriber();
        queue.close();
        RecordingSubscription subscription = new RecordingSubscription();
        subscriber.onSubscribe(subscription);
        assertThat(subscription.cancelled).hasValue(1);
        assertThat(subscription.requested).hasValue(0);
    }

    @Test
    void completedOrFailedSubscriptionIsNeitherAskedNorCancelled() {
        for (boolean failed : new boolean[] {false, true}) {
            EventQueue<Integer> queue = EventQueue.open(2);
            RecordingSubscription subscription = new RecordingSubscription();
            Flow.Subscriber<Integer> subscriber = queue.subscriber();
            subscriber.onSubscribe(subscription);
            subscriber.onNext(1);
            if (failed) {
                subscriber.onError(new IllegalArgumentException("failed"));
            } else {
                subscriber.onComplete();
            }
            Iterator<Integer> elements = queue.iterator();
            assertThat(elements.next()).isEqualTo(1);
            if (failed) {
                assertThatThrownBy(elements::hasNext).isInstanceOf(IllegalArgumentException.class);
            } else {
                assertThat(elements.hasNext()).isFalse();
            }
            queue.close();
            assertThat(subscription.requested).hasValue(2);
            assertThat(subscription.cancelled).hasValue(0);
        }
    }

    @Test
    void publisherThatIgnoresTheDemandFailsTheQueueAndIsCancelled() {
        EventQueue<Integer> queue = EventQueue.open(2);
        RecordingSubscription subscription = new RecordingSubscription();
        Flow.Subscriber<Integer> subscriber = queue.subscriber();
        subscriber.onSubscribe(subscription);
        for (int i = 1; i <= 5; i++) {
            subscriber.onNext(i);
        }
        assertThat(subscription.cancelled).hasValue(1);
        Iterator<Integer> elements = queue.iterator();
        assertThat(elements.next()).isEqualTo(1);
        assertThat(elements.next()).isEqualTo(2);
        assertThatThrownBy(elements::hasNext)
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("more elements than were requested");
    }

    /** A publisher may call back on the thread that requests, which here is the generator's. */
    @Test
    void publisherThatEmitsInsideOfRequestWorks() {
        EventQueue<Integer> queue = EventQueue.open(3);
        Flow.Publisher<Integer> numbers = subscriber -> subscriber.onSubscribe(new Flow.Subscription() {
            private int sent;

            @Override
            public void request(long n) {
                for (long i = 0; i < n && sent < 100; i++) {
                    subscriber.onNext(sent++);
                    if (sent == 100) {
                        subscriber.onComplete();
                    }
                }
            }

            @Override
            public void cancel() {
                throw new AssertionError("It has completed");
            }
        });
        numbers.subscribe(queue.subscriber());
        assertThat(all(queue)).isEqualTo(IntStream.range(0, 100).boxed().toList());
        queue.close();
    }

    @Test
    void publisherOnItsOwnThreadsIsReadCompletely() {
        try (SubmissionPublisher<Integer> publisher = new SubmissionPublisher<>()) {
            EventQueue<Integer> queue = EventQueue.open(8);
            publisher.subscribe(queue.subscriber());
            Thread.ofVirtual().start(() -> {
                for (int i = 0; i < 1000; i++) {
                    publisher.submit(i);
                }
                publisher.close();
            });
            assertThat(all(queue)).isEqualTo(IntStream.range(0, 1000).boxed().toList());
        }
        try (SubmissionPublisher<Integer> publisher = new SubmissionPublisher<>()) {
            EventQueue<Integer> queue = EventQueue.open(8);
            publisher.subscribe(queue.subscriber());
            publisher.submit(1);
            assertThat(queue.iterator().next()).isEqualTo(1);
            queue.close();
            await(() -> publisher.getNumberOfSubscribers() == 0, "the cancel");
        }
    }

    @Test
    void iteratorIsReadToItsEndOrFailure() {
        EventQueue<Integer> queue = EventQueue.open(2);
        queue.readFrom(IntStream.range(0, 50).iterator());
        assertThat(all(queue)).isEqualTo(IntStream.range(0, 50).boxed().toList());

        EventQueue<Integer> failing = EventQueue.open(2);
        failing.readFrom(Stream.of(1, 2, 0).map(i -> 10 / i).iterator());
        Iterator<Integer> elements = failing.iterator();
        assertThat(elements.next()).isEqualTo(10);
        assertThat(elements.next()).isEqualTo(5);
        assertThatThrownBy(elements::hasNext).isInstanceOf(ArithmeticException.class);
    }

    @Test
    void endInterruptsTheReaderOfAnIterator() throws Exception {
        EventQueue<Integer> queue = EventQueue.open(2);
        CountDownLatch reading = new CountDownLatch(1);
        CountDownLatch interrupted = new CountDownLatch(1);
        queue.readFrom(Stream.generate(() -> {
                    try {
                        reading.countDown();
                        Thread.sleep(Long.MAX_VALUE);
                    } catch (InterruptedException e) {
                        interrupted.countDown();
                    }
                    return 1;
                })
                .iterator());
        assertThat(reading.await(SubscriptionReader.TIMEOUT_SECONDS, TimeUnit.SECONDS))
                .isTrue();
        queue.close();
        assertThat(interrupted.await(SubscriptionReader.TIMEOUT_SECONDS, TimeUnit.SECONDS))
                .isTrue();
    }

    @Test
    void streamIsReadInOrderAndClosedOnceAtTheEnd() {
        AtomicInteger closed = new AtomicInteger();
        EventQueue<Integer> queue = EventQueue.open(2);
        queue.readFrom(IntStream.range(0, 100).parallel().boxed().onClose(closed::incrementAndGet));
        assertThat(all(queue)).isEqualTo(IntStream.range(0, 100).boxed().toList());
        queue.close();
        queue.close();
        assertThat(closed).hasValue(1);

        EventQueue<Integer> over = EventQueue.open(2);
        over.close();
        over.readFrom(Stream.iterate(0, i -> i + 1).onClose(closed::incrementAndGet));
        assertThat(closed).hasValue(2);
    }

    /** On a route that does not interrupt its generator. */
    @Test
    void endOfTheStreamWakesTheReadingThreadWithoutAnInterrupt() throws Exception {
        AtomicBoolean over = new AtomicBoolean();
        StreamWaits waits = new StreamWaits(
                () -> over.get() ? Optional.of(new StreamEndedException("left", null)) : Optional.empty());
        AtomicInteger ended = new AtomicInteger();
        CompletableFuture<Throwable> thrown = new CompletableFuture<>();
        Thread reader = Thread.ofVirtual().start(() -> {
            try (StreamScope scope =
                    StreamScope.open(new RefusedCalls(() -> "Test", new RefusedCalls.Warnings(1)), waits)) {
                EventQueue<Integer> queue = EventQueue.open(request, 1);
                queue.onEnd(ended::incrementAndGet);
                thrown.complete(new AssertionError("found " + queue.iterator().hasNext()));
            } catch (StreamEndedException e) {
                thrown.complete(e);
            }
        });
        awaitBlocked(reader);
        over.set(true);
        waits.wakeAll();
        assertThat(thrown.get(SubscriptionReader.TIMEOUT_SECONDS, TimeUnit.SECONDS))
                .isInstanceOf(StreamEndedException.class)
                .hasMessage("left");
        reader.join();
        assertThat(ended).hasValue(1);
    }

    @Test
    void queueOfAJobClosesWithTheJob() throws Exception {
        try (Channels channels = Channels.inMemory()) {
            CountDownLatch ended = new CountDownLatch(1);
            String id = channels.start(sink -> {
                EventQueue<String> tokens = EventQueue.open(2);
                tokens.onEnd(ended::countDown);
                Thread.ofVirtual().start(() -> tokens.put("token"));
                for (String token : tokens) {
                    sink.yield(token);
                }
            });
            SubscriptionReader reading =
                    SubscriptionReader.of(channels.job(id).orElseThrow().subscribe());
            assertThat(reading.next().data()).isEqualTo("token");
            assertThat(channels.cancel(id)).isTrue();
            assertThat(ended.await(SubscriptionReader.TIMEOUT_SECONDS, TimeUnit.SECONDS))
                    .isTrue();
        }
    }
}
