package io.flosse.helidon;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;

/**
 * Runs the writes of a stream so that a stuck one can be released: on a virtual thread, since an interrupt does not reach a
 * platform thread in a socket; and where no thread may be interrupted, on one of its own, which can be left behind.
 */
final class VirtualWrite {

    private VirtualWrite() {}

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
                CompletableFuture<Void> written = new CompletableFuture<>();
                Thread writer = Thread.ofVirtual()
                        .name("flosse-writer")
                        .inheritInheritableThreadLocals(false)
                        .unstarted(() -> complete(written, write));
                life.writingBegins(writer, interruptible ? null : written);
                writer.start();
                await(written, life);
            }
        } finally {
            life.writingEnds();
        }
    }

    private static void complete(CompletableFuture<Void> written, Runnable write) {
        try {
            write.run();
            written.complete(null);
        } catch (Throwable e) {
            written.completeExceptionally(e);
        }
    }

    private static void await(CompletableFuture<Void> written, StreamLife life) {
        try {
            if (Thread.currentThread().isVirtual()) {
                written.get();
            } else {
                written.join();
            }
        } catch (ExecutionException | CompletionException e) {
            if (e.getCause() instanceof Error error) {
                throw error;
            }
            throw new CompletionException(e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            life.leaveWriter();
            throw new CompletionException(e);
        }
    }
}
