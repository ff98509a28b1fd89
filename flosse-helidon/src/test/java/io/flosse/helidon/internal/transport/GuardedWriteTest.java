package io.flosse.helidon.internal.transport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.flosse.helidon.fixture.Deadlines;
import java.util.concurrent.CompletionException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A write whose writer thread gets no processor, so that the calling thread writes itself. */
class GuardedWriteTest {

    /** The interrupt that releases the write must not reach user code if the route forbids interrupts. */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void releaseOfAWriteOnTheCallerInterruptsUserCodeOnlyIfAllowed(boolean interruptsUserCode) {
        WriteGuard guard = new WriteGuard(interruptsUserCode);
        Thread caller = Thread.currentThread();
        var wroteOnCaller = new AtomicBoolean();
        withoutCarrierThreads(() -> assertThatThrownBy(() -> GuardedWrite.run(
                        () -> {
                            wroteOnCaller.set(Thread.currentThread() == caller);
                            guard.release();
                            throw new IllegalStateException("cut");
                        },
                        true,
                        () -> {},
                        guard))
                .isInstanceOf(CompletionException.class)
                .hasRootCauseMessage("cut"));

        assertThat(Thread.interrupted()).isEqualTo(interruptsUserCode);
        assertThat(wroteOnCaller).isTrue();
    }

    /** Runs an action while busy virtual threads occupy all carrier threads. */
    private static void withoutCarrierThreads(Runnable action) {
        int carriers = Runtime.getRuntime().availableProcessors();
        var running = new AtomicInteger();
        var done = new AtomicBoolean();
        for (int i = 0; i < carriers; i++) {
            Thread.startVirtualThread(() -> {
                running.incrementAndGet();
                while (!done.get()) {
                    Thread.onSpinWait();
                }
            });
        }
        try {
            Deadlines.await(() -> running.get() == carriers, "busy carrier threads");
            action.run();
        } finally {
            done.set(true);
        }
    }
}
