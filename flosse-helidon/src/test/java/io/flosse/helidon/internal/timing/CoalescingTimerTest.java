package io.flosse.helidon.internal.timing;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.flosse.helidon.fixture.Deadlines;
import io.flosse.helidon.fixture.PinnedSleepProgram;
import io.flosse.helidon.fixture.SingleCarrierJvm;
import io.flosse.helidon.fixture.TestServer;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.LinkedBlockingQueue;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class CoalescingTimerTest {

    private static final long MILLISECOND = 1_000_000;
    private static final long MINUTE = 60_000 * MILLISECOND;

    private final CoalescingTimer timer = new CoalescingTimer();

    /** Duration of each sleep in nanoseconds, or the exception that it threw. */
    private final BlockingQueue<Object> woken = new LinkedBlockingQueue<>();

    @AfterEach
    void close() {
        timer.close();
    }

    private Thread sleeping(long nanos) {
        return Thread.startVirtualThread(() -> {
            long start = System.nanoTime();
            try {
                timer.sleepUntil(start + nanos, () -> false);
                woken.add(System.nanoTime() - start);
            } catch (InterruptedException e) {
                woken.add(e);
            }
        });
    }

    private Object awaitWoken() throws InterruptedException {
        Object how = woken.poll(TestServer.TIMEOUT_SECONDS, SECONDS);
        assertThat(how).as("result of a sleep").isNotNull();
        return how;
    }

    private void awaitAsleep(int count) {
        Deadlines.await(() -> timer.size() == count, count + " sleeping threads");
    }

    @Test
    void sleepNeverEndsEarly() throws InterruptedException {
        for (long nanos = 1; nanos < 2 * CoalescingTimer.SHORTEST; nanos = nanos * 3 / 2 + 1) {
            long end = System.nanoTime() + nanos;
            timer.sleepUntil(end, () -> false);
            assertThat(System.nanoTime()).isGreaterThanOrEqualTo(end);
        }
    }

    @Test
    void sleepUntilAPastTimeReturnsAtOnce() throws InterruptedException {
        timer.sleepUntil(System.nanoTime() - MINUTE, () -> false);
        assertThat(timer.size()).isZero();
    }

    @Test
    void manyEqualSleepsAllEnd() throws InterruptedException {
        int streams = 5_000;
        for (int i = 0; i < streams; i++) {
            sleeping(150 * MILLISECOND);
        }
        for (int i = 0; i < streams; i++) {
            assertThat((Long) awaitWoken()).isGreaterThanOrEqualTo(150 * MILLISECOND);
        }
        assertThat(timer.size()).isZero();
    }

    @Test
    void manyRepeatedSleepsAllEnd() throws InterruptedException {
        int threads = 500;
        for (int t = 0; t < threads; t++) {
            long nanos = (140 + t % 20) * MILLISECOND;
            Thread.startVirtualThread(() -> {
                try {
                    for (int i = 0; i < 5; i++) {
                        timer.sleepUntil(System.nanoTime() + nanos, () -> false);
                    }
                    woken.add("all");
                } catch (InterruptedException e) {
                    woken.add(e);
                }
            });
        }
        for (int t = 0; t < threads; t++) {
            assertThat(awaitWoken()).isEqualTo("all");
        }
        assertThat(timer.size()).isZero();
    }

    /** All sleeps that end in one interval are ended after that interval. */
    @Test
    void sleepsOfOneIntervalEndTogether() throws InterruptedException {
        long interval = CoalescingTimer.INTERVAL;
        long start = Math.floorDiv(System.nanoTime() + 1_000 * MILLISECOND, interval) * interval;
        Set<Long> wakeUps = ConcurrentHashMap.newKeySet();
        List<Thread> threads = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            long end = start + i * interval / 20;
            threads.add(Thread.startVirtualThread(() -> {
                try {
                    timer.sleepUntil(end, () -> false);
                    wakeUps.add(Math.floorDiv(System.nanoTime(), interval));
                } catch (InterruptedException e) {
                    wakeUps.add(0L);
                }
            }));
        }
        for (Thread thread : threads) {
            thread.join();
        }
        assertThat(wakeUps).allSatisfy(wakeUp -> assertThat(wakeUp).isGreaterThan(Math.floorDiv(start, interval)));
    }

    /** A delay of 2 ms would be a large part of a short sleep, and a long sleep would keep a bucket for itself. */
    @Test
    void shortAndLongSleepsAreNotCoalesced() throws InterruptedException {
        Thread shorter = sleeping(CoalescingTimer.SHORTEST - MILLISECOND);
        Thread longer = sleeping(CoalescingTimer.LONGEST + MINUTE);
        Deadlines.await(() -> shorter.getState() != Thread.State.RUNNABLE, "the short sleep to begin");
        Deadlines.await(() -> longer.getState() == Thread.State.TIMED_WAITING, "the long sleep to begin");
        assertThat(timer.size()).isZero();
        assertThat((Long) awaitWoken()).isGreaterThanOrEqualTo(CoalescingTimer.SHORTEST - MILLISECOND);
        longer.interrupt();
        assertThat(awaitWoken()).isInstanceOf(InterruptedException.class);
    }

    @Test
    void shorterSleepIsNotDelayedByLongerSleep() throws InterruptedException {
        Thread longer = sleeping(MINUTE - MILLISECOND);
        awaitAsleep(1);
        for (int i = 0; i < 20; i++) {
            sleeping((140 + i) * MILLISECOND);
        }
        for (int i = 0; i < 20; i++) {
            assertThat(awaitWoken()).isInstanceOf(Long.class);
        }
        longer.interrupt();
        assertThat(awaitWoken()).isInstanceOf(InterruptedException.class);
    }

    @Test
    void interruptEndsSleepAndRemovesItFromTheTimer() throws InterruptedException {
        List<Thread> sleepingThreads = new ArrayList<>();
        for (int i = 0; i < 50; i++) {
            sleepingThreads.add(sleeping(30_000 * MILLISECOND + i % 10 * MILLISECOND));
        }
        awaitAsleep(50);

        for (Thread thread : sleepingThreads) {
            thread.interrupt();
            assertThat(awaitWoken()).isInstanceOf(InterruptedException.class);
        }

        assertThat(timer.size()).isZero();
    }

    @Test
    void interruptedThreadDoesNotSleep() {
        Thread.currentThread().interrupt();
        assertThatThrownBy(() -> timer.sleepUntil(System.nanoTime() + MINUTE / 2, () -> false))
                .isInstanceOf(InterruptedException.class);
        assertThat(Thread.interrupted()).isFalse();
        assertThat(timer.size()).isZero();
    }

    /** A generator may outlive its server until it returns. */
    @Test
    void sleepContinuesAfterTheTimerIsClosed() throws InterruptedException {
        Thread before = sleeping(MINUTE / 2);
        awaitAsleep(1);

        timer.close();

        Deadlines.await(() -> before.getState() == Thread.State.TIMED_WAITING, "the thread to sleep by itself");
        assertThat(timer.size()).isZero();
        before.interrupt();
        assertThat(awaitWoken()).isInstanceOf(InterruptedException.class);
        sleeping(CoalescingTimer.SHORTEST + MILLISECOND);
        assertThat((Long) awaitWoken()).isGreaterThanOrEqualTo(CoalescingTimer.SHORTEST + MILLISECOND);
        Deadlines.await(CoalescingTimerTest::hasNoTimerThread, "the timer thread to end");
    }

    private static boolean hasNoTimerThread() {
        return Thread.getAllStackTraces().keySet().stream()
                .noneMatch(thread -> thread.getName().equals("flosse-sleep-timer"));
    }

    /** The timer thread must run although the only carrier thread is pinned. */
    @Test
    void sleepThatPinsTheOnlyCarrierThreadEnds() throws Exception {
        assertThat(SingleCarrierJvm.run(PinnedSleepProgram.class)).isEqualToIgnoringNewLines("awake");
    }
}
