package io.flosse.internal.wire;

import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A few buffers that all streams of a server share, so that a quiet stream keeps none, and a busy server writes into memory
 * that its processors have at hand. Lock-free: who finds none makes one, and who finds no room drops it. A buffer that a
 * large event made large is dropped too. Thread-safe.
 *
 * @param <B> what kind of buffers
 */
public final class BufferPool<B extends Utf8Buffer> {

    private static final int SLOTS = 16; // a power of two

    private final Supplier<B> maker;
    private final int largest;
    private final AtomicReferenceArray<@Nullable B> slots = new AtomicReferenceArray<>(SLOTS);

    /**
     * No buffers yet.
     *
     * @param maker makes an empty one
     * @param largest how many bytes the array of one that is kept may have
     */
    public BufferPool(Supplier<B> maker, int largest) {
        this.maker = maker;
        this.largest = largest;
    }

    /**
     * Takes a buffer, which from now on is the caller's alone.
     *
     * @return a buffer without bytes
     */
    public B take() {
        B spare = slots.getAndSet(slot(), null);
        return spare == null ? maker.get() : spare;
    }

    /**
     * Gives a buffer to whoever takes one next.
     *
     * @param buffer the buffer, which nobody may use any more
     */
    public void release(B buffer) {
        if (buffer.array().length <= largest) {
            buffer.truncate(0);
            slots.lazySet(slot(), buffer);
        }
    }

    /** Threads that write at the same time mostly have different ones. */
    private static int slot() {
        return (int) Thread.currentThread().threadId() & (SLOTS - 1);
    }
}
