package io.flosse.helidon.internal.timing;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.flosse.helidon.fixture.Deadlines;
import io.flosse.helidon.fixture.TestServer;
import io.flosse.helidon.fixture.SingleCarrierJvm;
import io.flosse.helidon.fixture.PinnedSleepProgram;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

public class SleepersTest {

    private static final long MILLISECOND = 1_000_000;
    private static final long HOUR = 3_600_000 * MILLISECOND;

    private final Sleepers sleepers = new Sleepers();

    /** How long each slept, in nanoseconds, or what it threw. */
    private final BlockingQueue<Object> woken = new LinkedBlockingQueue<>();

    @AfterEach
    void close() {
        sleepers.close();
    }

    /** From now on who sleeps is woken with others. */
    private void beBusy() {
        Deadlines.await(() -> isBusyAfterMany(sleepers), "busy sleepers");
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
        assertThat(how).as("who was woken").isNotNull();
        return how;
    }

    private void awaitAsleep(int count) {
        Deadlines.await(() -> sleepers.size() == count, count + " sleepers");
    }

    @Test
    void whoSleepsAloneSleepsByItself() throws InterruptedException {
        Thread alone = sleeping(HOUR);
        Deadlines.await(() -> alone.getState() == Thread.State.TIMED_WAITING, "a sleep");
        assertThat(sleepers.size()).isZero();

        alone.interrupt();

        assertThat(awaitWoken()).isInstanceOf(InterruptedException.class);
    }

    @Test
    void nobodyIsWokenEarly() throws InterruptedException {
        assertNobodyIsWokenEarly();
        beBusy();
        assertNobodyIsWokenEarly();
    }

    private void assertNobodyIsWokenEarly() throws InterruptedException {
        for (long nanos = 1; nanos < 300 * MILLISECOND; nanos = nanos * 3 / 2 + 1) {
            long began = System.nanoTime();
            sleepers.sleep(nanos);
            assertThat(System.nanoTime() - began).isGreaterThanOrEqualTo(nanos);
        }
    }

    @Test
    void manyThatSleepTheSameTimeAreAllWoken() throws InterruptedException {
        beBusy();
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
    void manyThatSleepAgainAndAgainAreAllWoken() throws InterruptedException {
        beBusy();
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

    /** A millisecond later would be much later for them. */
    @Test
    void shortSleepIsNobodyElses() throws InterruptedException {
        beBusy();
        Thread shorter = sleeping(120 * MILLISECOND);
        Deadlines.await(() -> shorter.getState() != Thread.State.RUNNABLE, "a sleep");
        assertThat(sleepers.size()).isZero();
        assertThat((Long) awaitWoken()).isGreaterThanOrEqualTo(120 * MILLISECOND);
    }

    @Test
    void shorterSleepIsNotHeldUpByALongerOne() throws InterruptedException {
        beBusy();
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
    void interruptEndsASleepAndLeavesNothingBehind() throws InterruptedException {
        beBusy();
        List<Thread> crowd = new ArrayList<>();
        int few = 50; // or they might be counted, and found to come too slowly
        for (int i = 0; i < few; i++) {
            crowd.add(sleeping(HOUR + i % 10 * MILLISECOND));
        }
        awaitAsleep(few);

        for (Thread thread : crowd) {
            thread.interrupt();
            assertThat(awaitWoken()).isInstanceOf(InterruptedException.class);
        }

        awaitAsleep(0);
        Deadlines.await(SleepersTest::noWakerIsLeft, "the waker's end");
    }

    private static boolean noWakerIsLeft() {
        return Thread.getAllStackTraces().keySet().stream()
                .noneMatch(thread -> thread.getName().equals("flosse-waker"));
    }

    @Test
    void whoIsInterruptedAlreadyDoesNotSleep() {
        beBusy();
        Thread.currentThread().interrupt();
        assertThatThrownBy(() -> sleepers.sleep(HOUR)).isInstanceOf(InterruptedException.class);
        assertThat(Thread.interrupted()).isFalse();
        assertThat(sleepers.size()).isZero();
    }

    /** A generator may outlive its server by as long as it takes to end. */
    @Test
    void sleepGoesOnWhenTheClockStops() throws InterruptedException {
        beBusy();
        Thread before = sleeping(HOUR);
        awaitAsleep(1);

        sleepers.close();

        Deadlines.await(() -> before.getState() == Thread.State.TIMED_WAITING, "a sleep by the clock of the system");
        assertThat(sleepers.size()).isZero();
        before.interrupt();
        assertThat(awaitWoken()).isInstanceOf(InterruptedException.class);
        sleeping(5 * MILLISECOND);
        assertThat((Long) awaitWoken()).isGreaterThanOrEqualTo(5 * MILLISECOND);
    }

    /** The thread that is to wake them gets no processor. */
    @Test
    void whoIsPinnedToTheOnlyProcessorIsWoken() throws Exception {
        assertThat(SingleCarrierJvm.run(PinnedSleepProgram.class)).isEqualToIgnoringNewLines("awake");
    }
}
