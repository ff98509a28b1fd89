package io.flosse.internal;

import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;

/**
 * A few buffers for JSON that all streams of a server share, so that a quiet stream keeps none. Lock-free: who finds none
 * makes one, and who finds no room drops it. A buffer that a large event made large is dropped too. Thread-safe.
 */
final class SpareBuffers {

    private static final int SLOTS = 16; // a power of two
    private static final int SMALL = 256;
    private static final int LARGE = 16 * 1024;

    private final AtomicReferenceArray<@Nullable JsonBuffer> slots = new AtomicReferenceArray<>(SLOTS);

    JsonBuffer take() {
        JsonBuffer spare = slots.getAndSet(slot(), null);
        return spare == null ? new JsonBuffer(SMALL) : spare;
    }

    void giveBack(JsonBuffer buffer) {
        if (buffer.array().length <= LARGE) {
            buffer.truncate(0);
            slots.lazySet(slot(), buffer);
        }
    }

    /** Threads that write at the same time mostly have different ones. */
    private static int slot() {
        return (int) Thread.currentThread().threadId() & (SLOTS - 1);
    }
}
