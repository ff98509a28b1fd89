package io.flosse.helidon;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;

/**
 * Runs a write on a virtual thread, whoever asks for it: an interrupt, the only thing that releases a stuck write on TLS
 * too, does not reach a platform thread in a socket. Helper threads of a generator may be such.
 */
final class VirtualWrite {

    private VirtualWrite() {}

    /** Returns when it is written; an interrupt of a waiting platform thread is kept for later. */
    static void run(Runnable write) {
        if (Thread.currentThread().isVirtual()) {
            write.run();
        } else {
            try {
                CompletableFuture.runAsync(write, Thread::startVirtualThread).join();
            } catch (CompletionException e) {
                if (e.getCause() instanceof Error error) {
                    throw error;
                }
                throw e;
            }
        }
    }
}
