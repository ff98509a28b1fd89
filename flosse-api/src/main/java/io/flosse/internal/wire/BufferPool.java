package io.flosse.internal.wire;

import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A small pool of buffers shared by all streams of a server. Idle streams hold no buffer, and a busy server reuses
 * memory that is in the processor caches. Lock-free: an empty slot makes {@link #take} allocate, and {@link #release}
 * overwrites a used slot. Buffers that grew too large are dropped. Thread-safe.
 *
 * @param <B> the type of the buffers
 */
public final class BufferPool<B extends Utf8Buffer> {

    private static final int SLOTS = 16; // a power of two

    private final Supplier<B> factory;
    private final int maxCapacity;
    private final AtomicReferenceArray<@Nullable B> slots = new AtomicReferenceArray<>(SLOTS);

    /**
     * Creates an empty pool.
     *
     * @param factory creates an empty buffer
     * @param maxCapacity the maximum array length, in bytes, of a pooled buffer
     */
    public BufferPool(Supplier<B> factory, int maxCapacity) {
        this.factory = factory;
        this.maxCapacity = maxCapacity;
    }

    /**
     * Takes a buffer for exclusive use by the caller.
     *
     * @return an empty buffer
     */
    public B take() {
        B pooled = slots.getAndSet(slot(), null);
        return pooled == null ? factory.get() : pooled;
    }

    /**
     * Returns a buffer to the pool.
     *
     * @param buffer the buffer, which the caller must not use any more
     */
    public void release(B buffer) {
        if (buffer.array().length <= maxCapacity) {
            buffer.truncate(0);
            slots.lazySet(slot(), buffer);
        }
    }

    /** Spreads threads that write concurrently over the slots. */
    private static int slot() {
        return (int) Thread.currentThread().threadId() & (SLOTS - 1);
    }
}
