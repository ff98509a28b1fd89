package io.flosse.helidon;

import static java.util.concurrent.TimeUnit.MILLISECONDS;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Runs one write of a stream so that it can be released when it is stuck: on a virtual thread, since an interrupt does not
 * reach a platform thread in a socket; and where no thread may be interrupted, on one of its own, which can be left behind.
 */
final class VirtualWrite {

    /** For a writer that gets no processor, since those who wait for writers are pinned to all of them. */
    private static final long PATIENCE_WITH_START = 100; // ms

    /** For a write that was begun before its customer was released: it is not to be torn, nor miscounted, if it can be finished. */
    private static final long PATIENCE_WITH_END = 1000; // ms

    private final Runnable write;
    private final StreamLife life;
    private final CompletableFuture<Void> written = new CompletableFuture<>();
    private final AtomicBoolean begun = new AtomicBoolean();
    private final Thread writer = Thread.ofVirtual()
            .name("flosse-writer")
            .inheritInheritableThreadLocals(false)
            .unstarted(this::write);
    private volatile boolean finished;

    private VirtualWrite(Runnable write, StreamLife life) {
        this.write = write;
        this.life = life;
    }

    /**
     * Returns when it is written. An interrupt of a waiting platform thread is kept for later.
     *
     * @param interruptible whether an interrupt releases it
     * @throws RuntimeException what the write threw, or that nobody waits for it any more
     */
    static void run(Runnable write, boolean interruptible, StreamLife life) {
        try {
            if (interruptible && Thread.currentThread().isVirtual()) {
                life.writingBegins(Thread.currentThread(), null);
                write.run();
            } else {
                new VirtualWrite(write, life).runApart(interruptible);
            }
        } finally {
            life.writingEnds();
        }
    }

    private void runApart(boolean interruptible) {
        life.writingBegins(writer, interruptible ? null : written);
        writer.start();
        try {
            if (Thread.currentThread().isVirtual()) {
                await();
            } else {
                written.join();
            }
        } catch (ExecutionException | CompletionException e) {
            if (e.getCause() instanceof Error error) {
                throw error;
            }
            if (!isFinishedAllTheSame()) {
                throw new CompletionException(e.getCause());
            }
        }
    }

    /** A customer is released as soon as its client has gone, and that may be with the very frame. */
    private boolean isFinishedAllTheSame() {
        boolean interrupted = Thread.interrupted();
        try {
            writer.join(PATIENCE_WITH_END);
        } catch (InterruptedException e) {
            interrupted = true;
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
        return finished;
    }

    private void write() {
        if (begun.compareAndSet(false, true)) {
            try {
                life.pieceBegins();
                write.run();
                finished = true;
                written.complete(null);
            } catch (Throwable e) {
                written.completeExceptionally(e);
            }
        }
    }

    @SuppressWarnings("ThreadPriorityCheck") // a virtual thread goes behind those that it has started
    private void await() throws ExecutionException {
        boolean interrupted = false;
        Thread.yield(); // a wait with a timeout costs more than all the rest
        try {
            while (true) {
                try {
                    if (begun.get() && !interrupted) {
                        written.get();
                    } else {
                        written.get(begun.get() ? PATIENCE_WITH_END : PATIENCE_WITH_START, MILLISECONDS);
                    }
                    return;
                } catch (InterruptedException e) {
                    interrupted = true;
                } catch (TimeoutException e) {
                    if (begun.compareAndSet(false, true)) {
                        life.writingBegins(Thread.currentThread(), null);
                        write.run();
                        return;
                    }
                    if (interrupted) {
                        life.leaveWriter();
                        throw new IllegalStateException("The write is not waited for after an interrupt", e);
                    }
                }
            }
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }
}
