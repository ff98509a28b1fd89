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
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** {@link Sleepers}: the timer that coalesces the sleeps of many streams. */
public class SleepersTest {

    private static final long MILLISECOND = 1_000_000;
    private static final long HOUR = 3_600_000 * MILLISECOND;

    private final Sleepers sleepers = new Sleepers();

    /** Duration of each sleep in nanoseconds, or the exception that it threw. */
    private final BlockingQueue<Object> woken = new LinkedBlockingQueue<>();

    @AfterEach
    void close() {
        sleepers.close();
    }

    /** Makes the timer busy, so that later sleeps are coalesced. */
    private void makeBusy() {
        Deadlines.await(() -> isBusyAfterMany(sleepers), "the coalescing timer to be busy");
    }

    public static boolean isBusyAfterMany(Sleepers sleepers) {
        try {
            for (int i = 0; i < 64; i++) {
                sleepers.sleep(0);
            }
            return sleepers.isBusy();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    private Thread sleeping(long nanos) {
        return Thread.startVirtualThread(() -> {
            long began = System.nanoTime();
            try {
                sleepers.sleep(nanos);
                woken.add(System.nanoTime() - began);
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
        Deadlines.await(() -> sleepers.size() == count, count + " sleeping threads");
    }

    @Test
    void rareSleepUsesThreadSleep() throws InterruptedException {
        Thread alone = sleeping(HOUR);
        Deadlines.await(() -> alone.getState() == Thread.State.TIMED_WAITING, "the thread to sleep");
        assertThat(sleepers.size()).isZero();

        alone.interrupt();

        assertThat(awaitWoken()).isInstanceOf(InterruptedException.class);
    }

    @Test
    void sleepNeverEndsEarly() throws InterruptedException {
        assertSleepNeverEndsEarly();
        makeBusy();
        assertSleepNeverEndsEarly();
    }

    private void assertSleepNeverEndsEarly() throws InterruptedException {
        for (long nanos = 1; nanos < 300 * MILLISECOND; nanos = nanos * 3 / 2 + 1) {
            long began = System.nanoTime();
            sleepers.sleep(nanos);
            assertThat(System.nanoTime() - began).isGreaterThanOrEqualTo(nanos);
        }
    }

    @Test
    void manyEqualSleepsAllEnd() throws InterruptedException {
        makeBusy();
        int streams = 5_000;
        for (int i = 0; i < streams; i++) {
            sleeping(150 * MILLISECOND);
        }
        for (int i = 0; i < streams; i++) {
            assertThat((Long) awaitWoken()).isGreaterThanOrEqualTo(150 * MILLISECOND);
        }
        awaitAsleep(0);
    }

    @Test
    void manyRepeatedSleepsAllEnd() throws InterruptedException {
        makeBusy();
        int threads = 500;
        for (int t = 0; t < threads; t++) {
            long nanos = (140 + t % 20) * MILLISECOND;
            Thread.startVirtualThread(() -> {
                try {
                    for (int i = 0; i < 5; i++) {
                        sleepers.sleep(nanos);
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
        awaitAsleep(0);
    }

    /** A delay of a millisecond would be a large part of a short sleep. */
    @Test
    void shortSleepIsNotCoalesced() throws InterruptedException {
        makeBusy();
        Thread shorter = sleeping(120 * MILLISECOND);
        Deadlines.await(() -> shorter.getState() != Thread.State.RUNNABLE, "the thread to sleep");
        assertThat(sleepers.size()).isZero();
        assertThat((Long) awaitWoken()).isGreaterThanOrEqualTo(120 * MILLISECOND);
    }

    @Test
    void shorterSleepIsNotDelayedByLongerSleep() throws InterruptedException {
        makeBusy();
        Thread longer = sleeping(HOUR);
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
        makeBusy();
        List<Thread> sleepingThreads = new ArrayList<>();
        int few = 50; // few enough not to be measured as a low rate
        for (int i = 0; i < few; i++) {
            sleepingThreads.add(sleeping(HOUR + i % 10 * MILLISECOND));
        }
        awaitAsleep(few);

        for (Thread thread : sleepingThreads) {
            thread.interrupt();
            assertThat(awaitWoken()).isInstanceOf(InterruptedException.class);
        }

        awaitAsleep(0);
        Deadlines.await(SleepersTest::hasNoTimerThread, "the timer thread to end");
    }

    private static boolean hasNoTimerThread() {
        return Thread.getAllStackTraces().keySet().stream()
                .noneMatch(thread -> thread.getName().equals("flosse-waker"));
    }

    @Test
    void interruptedThreadDoesNotSleep() {
        makeBusy();
        Thread.currentThread().interrupt();
        assertThatThrownBy(() -> sleepers.sleep(HOUR)).isInstanceOf(InterruptedException.class);
        assertThat(Thread.interrupted()).isFalse();
        assertThat(sleepers.size()).isZero();
    }

    /** A generator may outlive its server until it returns. */
    @Test
    void sleepContinuesAfterTheTimerIsClosed() throws InterruptedException {
        makeBusy();
        Thread before = sleeping(HOUR);
        awaitAsleep(1);

        sleepers.close();

        Deadlines.await(() -> before.getState() == Thread.State.TIMED_WAITING, "the thread to sleep by itself");
        assertThat(sleepers.size()).isZero();
        before.interrupt();
        assertThat(awaitWoken()).isInstanceOf(InterruptedException.class);
        sleeping(5 * MILLISECOND);
        assertThat((Long) awaitWoken()).isGreaterThanOrEqualTo(5 * MILLISECOND);
    }

    /** The timer thread must run although the only carrier thread is pinned. */
    @Test
    void sleepThatPinsTheOnlyCarrierThreadEnds() throws Exception {
        assertThat(SingleCarrierJvm.run(PinnedSleepProgram.class)).isEqualToIgnoringNewLines("awake");
    }
}
