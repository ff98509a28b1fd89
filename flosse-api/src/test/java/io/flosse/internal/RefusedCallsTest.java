package io.flosse.internal;

import static org.assertj.core.api.Assertions.assertThat;

import io.flosse.fixture.WarningLog;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Calls after the end of a stream or job: repeated calls are delayed and logged once per caller; a few calls are not. */
class RefusedCallsTest {

    private static final int UNDELAYED = 8;

    /** 1 + 2 + 4 + 8 + 16 + 32 + 64 + 128. */
    private static final long EIGHT_WAITS = TimeUnit.MILLISECONDS.toNanos(255);

    private final WarningLog log = new WarningLog();
    private final RefusedCalls.Warnings warnings = new RefusedCalls.Warnings(100);
    private final RefusedCalls calls = new RefusedCalls(() -> "The generator of /sse", warnings);

    @AfterEach
    void closeLog() {
        log.close();
    }

    private static long time(RefusedCalls calls, int times) {
        long start = System.nanoTime();
        for (int i = 0; i < times; i++) {
            calls.refused();
        }
        return System.nanoTime() - start;
    }

    @Test
    void firstCallsOfThreadAreNeitherDelayedNorLogged() {
        assertThat(time(calls, UNDELAYED)).isLessThan(EIGHT_WAITS);
        assertThat(log.messages()).isEmpty();
    }

    @Test
    void furtherCallsAreDelayedExponentiallyAndLoggedOnce() {
        time(calls, UNDELAYED);

        assertThat(time(calls, 8)).isGreaterThanOrEqualTo(EIGHT_WAITS - 1_000_000);
        assertThat(log.messages())
                .singleElement()
                .asString()
                .contains("The generator of /sse", "StreamEndedException", "do not catch Exception inside the loop");
    }

    @Test
    void delayIsAtMostOneSecond() {
        time(calls, UNDELAYED + 10);

        assertThat(time(calls, 2)).isLessThan(TimeUnit.MILLISECONDS.toNanos(2_900));
    }

    @Test
    void interruptNeitherShortensTheDelayNorIsLost() {
        time(calls, UNDELAYED);
        Thread.currentThread().interrupt();

        assertThat(time(calls, 8)).isGreaterThanOrEqualTo(EIGHT_WAITS - 1_000_000);
        assertThat(Thread.interrupted()).isTrue();
    }

    @Test
    void acceptedCallResetsTheDelay() {
        for (int i = 0; i < 20; i++) {
            time(calls, UNDELAYED);
            calls.accepted();
        }
        assertThat(time(calls, UNDELAYED)).isLessThan(EIGHT_WAITS);
        assertThat(log.messages()).isEmpty();
    }

    @Test
    void acceptedCallOfOneThreadDoesNotResetAnotherThread() throws InterruptedException {
        time(calls, UNDELAYED);
        long start = System.nanoTime();
        for (int i = 0; i < 8; i++) {
            Thread.startVirtualThread(calls::accepted).join();
            calls.refused();
        }
        assertThat(System.nanoTime() - start).isGreaterThanOrEqualTo(EIGHT_WAITS - 1_000_000);
    }

    /** A generator may have many helper threads; each of them is refused once. */
    @Test
    void manyThreadsWithOneRefusedCallEachAreNeitherDelayedNorLogged() throws InterruptedException {
        List<Thread> threads = new ArrayList<>();
        for (int i = 0; i < 900; i++) {
            threads.add(Thread.startVirtualThread(calls::refused));
        }
        for (Thread thread : threads) {
            thread.join();
        }
        assertThat(log.messages()).isEmpty();
    }

    /** Such as an executor with a new thread for each task. */
    @Test
    void newThreadForEachCallIsDelayedToo() throws InterruptedException {
        AtomicInteger refused = new AtomicInteger();
        for (int i = 0; i < 1_000 + UNDELAYED; i++) {
            Thread.startVirtualThread(() -> {
                        calls.refused();
                        refused.incrementAndGet();
                    })
                    .join();
        }
        long start = System.nanoTime();
        for (int i = 0; i < 8; i++) {
            Thread.startVirtualThread(calls::refused).join();
        }

        assertThat(refused).hasValue(1_000 + UNDELAYED);
        assertThat(System.nanoTime() - start).isGreaterThanOrEqualTo(EIGHT_WAITS - 1_000_000);
        assertThat(log.messages()).hasSize(1);
    }

    /** Caller names may contain parts of client requests. */
    @Test
    void atMostOneHundredCallersAreLogged() {
        for (int i = 0; i < 150; i++) {
            String path = "/sse/" + i;
            time(new RefusedCalls(() -> "The generator of " + path, warnings), UNDELAYED + 1);
            time(new RefusedCalls(() -> "The generator of " + path, warnings), UNDELAYED + 1);
        }
        assertThat(log.messages()).hasSize(100).doesNotHaveDuplicates();
    }
}
