package io.flosse.internal.channel.fanout;

import static org.assertj.core.api.Assertions.assertThat;

import io.flosse.SseEvent;
import io.flosse.StreamEndedException;
import io.flosse.channel.Channel;
import io.flosse.channel.Channel.Overflow;
import io.flosse.channel.Channels;
import io.flosse.fixture.TestSubscriber;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Delivery workers: write the events of a channel for subscribers that only wait, isolated from each other's failures. */
class DeliveryWorkersTest {

    private static final int MANY = 100;

    private final Channels registry = Channels.inMemory();
    private final Channel channel = registry.channel("news");

    @AfterEach
    void close() {
        registry.close();
    }

    private List<TestSubscriber> manySubscribers() {
        List<TestSubscriber> all = IntStream.range(0, MANY)
                .mapToObj(i -> TestSubscriber.of(channel))
                .toList();
        all.forEach(TestSubscriber::awaitIdle);
        return all;
    }

    private List<String> publish(int events) {
        return publish(channel, events);
    }

    private static List<String> publish(Channel channel, int events) {
        List<String> published = new ArrayList<>();
        for (int i = 0; i < events; i++) {
            published.add(Integer.toString(i));
            channel.publish(SseEvent.of(published.getLast()));
        }
        return published;
    }

    @Test
    void workersDeliverAllEventsInOrderAndRarelyWakeSubscriberThreads() {
        List<TestSubscriber> all = manySubscribers();

        List<String> published = publish(500);

        all.forEach(one -> one.awaitSize(published.size()));
        assertThat(all).allSatisfy(one -> assertThat(one.data).containsExactlyElementsOf(published));
        int own = all.stream().mapToInt(one -> one.own.get()).sum();
        System.out.printf("%d deliveries, %d of them by the subscribers' own threads%n", MANY * published.size(), own);
        assertThat(own).isLessThan(MANY * published.size() / 10);
    }

    @Test
    void fewSubscribersReadTheirEventsThemselves() {
        TestSubscriber alone = TestSubscriber.of(channel);
        alone.awaitIdle();

        List<String> published = publish(50);

        alone.awaitSize(published.size());
        assertThat(alone.data).containsExactlyElementsOf(published);
        assertThat(alone.own).hasValue(published.size());
    }

    @Test
    void blockedSubscribersDoNotDelayOthers() throws InterruptedException {
        CountDownLatch release = new CountDownLatch(1);
        int stuck = 20 * Runtime.getRuntime().availableProcessors();
        List<TestSubscriber> slow = new ArrayList<>();
        CountDownLatch inside = new CountDownLatch(stuck);
        for (int i = 0; i < stuck; i++) {
            boolean timed = i % 2 == 0; // HTTP/2 waits with a timeout for its flow-control window
            slow.add(TestSubscriber.after(channel, () -> {
                inside.countDown();
                await(release, timed);
            }));
        }
        slow.forEach(TestSubscriber::awaitIdle);
        List<TestSubscriber> others = manySubscribers();

        List<String> published = publish(200);

        others.forEach(one -> one.awaitSize(published.size()));
        inside.await();
        assertThat(others).allSatisfy(one -> assertThat(one.data).containsExactlyElementsOf(published));
        release.countDown();
        channel.end();
        for (TestSubscriber one : slow) {
            one.awaitEnd();
            assertThat(one.thrown).isNull();
            assertThat(one.data).containsExactlyElementsOf(published);
        }
    }

    private static void await(CountDownLatch latch, boolean timed) {
        try {
            if (!timed) {
                latch.await();
            } else if (!latch.await(1, TimeUnit.HOURS)) {
                throw new AssertionError("The latch was not released within an hour");
            }
        } catch (InterruptedException e) {
            throw new IllegalStateException("interrupted", e);
        }
    }

    @Test
    void subscriberThreadReadsEventsThatItsOutputRejects() {
        List<TestSubscriber> others = manySubscribers();
        TestSubscriber busy = TestSubscriber.of(channel, events -> false);
        busy.awaitIdle();

        List<String> published = publish(20);

        busy.awaitSize(published.size());
        assertThat(busy.data).containsExactlyElementsOf(published);
        others.forEach(one -> one.awaitSize(published.size()));
    }

    @Test
    void exceptionOfOutputIsThrownOnlyInItsSubscriberThread() throws InterruptedException {
        List<TestSubscriber> others = manySubscribers();
        IllegalStateException failure = new IllegalStateException("on purpose");
        TestSubscriber failing = TestSubscriber.of(channel, events -> {
            throw failure;
        });
        failing.awaitIdle();

        List<String> published = publish(20);

        failing.awaitEnd();
        assertThat(failing.thrown).isSameAs(failure);
        others.forEach(one -> one.awaitSize(published.size()));
    }

    @Test
    void slowConsumerIsReportedAfterItsBlockedOutputReturns() throws InterruptedException {
        List<TestSubscriber> others = manySubscribers();
        CountDownLatch release = new CountDownLatch(1);
        CountDownLatch inside = new CountDownLatch(1);
        TestSubscriber stuck = TestSubscriber.of(channel.withBuffer(8).withOverflow(Overflow.DISCONNECT), events -> {
            inside.countDown();
            await(release, false);
            while (events.get() != null) {
                // Drains all events.
            }
            return true;
        });
        stuck.awaitIdle();
        channel.publish(SseEvent.of("first"));
        inside.await();
        publish(100);
        others.forEach(one -> one.awaitSize(101));

        release.countDown();

        stuck.awaitEnd();
        assertThat(stuck.thrown).isInstanceOf(SlowConsumerException.class);
    }

    @Test
    void endOfChannelComesAfterAllEvents() throws InterruptedException {
        List<TestSubscriber> all = manySubscribers();

        List<String> published = publish(50);
        channel.end();

        for (TestSubscriber one : all) {
            one.awaitEnd();
            assertThat(one.thrown).isNull();
            assertThat(one.data).containsExactlyElementsOf(published);
        }
        assertThat(channel.subscribers()).isZero();
    }

    @Test
    void closedRegistryEndsWaitingSubscribers() throws InterruptedException {
        List<TestSubscriber> all = manySubscribers();

        registry.close();

        for (TestSubscriber one : all) {
            one.awaitEnd();
            assertThat(one.thrown).isInstanceOf(StreamEndedException.class);
        }
    }

    @Test
    void closedSubscriptionEndsAndGetsNoMoreEvents() throws InterruptedException {
        List<TestSubscriber> all = manySubscribers();
        all.getFirst().subscription.close();
        all.getFirst().awaitEnd();

        publish(10);

        all.stream().skip(1).forEach(one -> one.awaitSize(10));
        assertThat(all.getFirst().data).isEmpty();
        assertThat(all.getFirst().thrown).isNull();
    }

    @Test
    void interruptOfSubscriberThreadReleasesItsDeliveryWorker() throws InterruptedException {
        List<TestSubscriber> others = manySubscribers();
        CountDownLatch inside = new CountDownLatch(1);
        TestSubscriber interrupted = TestSubscriber.of(channel, events -> {
            inside.countDown();
            await(new CountDownLatch(1), false);
            return true;
        });
        interrupted.awaitIdle();
        channel.publish(SseEvent.of("0"));
        inside.await();

        interrupted.thread.interrupt();

        interrupted.awaitEnd();
        assertThat(interrupted.thrown).hasMessage("interrupted");
        assertThat(interrupted.own).hasValue(0);
        publish(20);
        others.forEach(one -> one.awaitSize(21)); // no other subscriber was interrupted
    }

    @Test
    void interruptedSubscriberEndsOnlyAfterItsWorkerHasFinished() throws InterruptedException {
        manySubscribers();
        CountDownLatch inside = new CountDownLatch(1);
        AtomicBoolean seen = new AtomicBoolean();
        AtomicBoolean over = new AtomicBoolean();
        TestSubscriber interrupted = TestSubscriber.of(channel, events -> {
            inside.countDown();
            while (!Thread.currentThread().isInterrupted()) {
                Thread.onSpinWait();
            }
            seen.set(events.get() != null);
            over.set(true);
            return true;
        });
        interrupted.awaitIdle();
        channel.publish(SseEvent.of("1"));
        inside.await();

        interrupted.thread.interrupt();

        interrupted.awaitEnd();
        assertThat(seen).isTrue();
        assertThat(over).isTrue();
        assertThat(interrupted.thrown).isInstanceOf(StreamEndedException.class);
        assertThat(interrupted.own).hasValue(0);
    }

    @Test
    void concurrentPublishersAndSubscribersLoseRepeatAndReorderNothing() throws InterruptedException {
        long seed = System.nanoTime();
        System.out.println("Seed " + seed);
        int publishers = 4;
        int events = 2_000;
        Channel deep = channel.withBuffer(publishers * events);
        List<TestSubscriber> all =
                IntStream.range(0, MANY).mapToObj(i -> TestSubscriber.of(deep)).toList();
        AtomicInteger running = new AtomicInteger(publishers);
        List<Thread> threads = new ArrayList<>();
        for (int i = 0; i < publishers; i++) {
            int publisher = i;
            threads.add(Thread.ofVirtual().start(() -> {
                for (int event = 0; event < events; event++) {
                    channel.publish(SseEvent.of(publisher + ":" + event));
                }
                running.decrementAndGet();
            }));
        }
        threads.add(Thread.ofVirtual().start(() -> {
            Random random = new Random(seed);
            while (running.get() > 0) {
                TestSubscriber brief = TestSubscriber.of(deep);
                LockSupport.parkNanos(random.nextInt(200_000));
                brief.subscription.close();
            }
        }));
        for (Thread thread : threads) {
            thread.join();
        }
        channel.end();

        for (TestSubscriber one : all) {
            one.awaitEnd();
            assertThat(one.data).hasSize(publishers * events);
            for (int publisher = 0; publisher < publishers; publisher++) {
                String prefix = publisher + ":";
                assertThat(one.data.stream()
                                .filter(data -> data.startsWith(prefix))
                                .map(data -> Integer.parseInt(data.substring(prefix.length()))))
                        .containsExactlyElementsOf(
                                IntStream.range(0, events).boxed().toList());
            }
        }
    }
}
