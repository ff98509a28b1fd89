package io.flosse.examples;

import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.locks.LockSupport;

/** Waits for what no latch tells, by looking again until a deadline. */
public final class Deadline {

    private static final Duration PATIENCE = Duration.ofSeconds(20);

    private Deadline() {}

    public static void await(Callable<Boolean> condition, String what) {
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        try {
            while (!condition.call()) {
                if (System.nanoTime() > deadline) {
                    throw new AssertionError("Waited in vain for " + what);
                }
                LockSupport.parkNanos(5_000_000);
            }
        } catch (RuntimeException e) {
            throw e;
        } catch (Exception e) {
            throw new AssertionError("While waiting for " + what, e);
        }
    }
}
