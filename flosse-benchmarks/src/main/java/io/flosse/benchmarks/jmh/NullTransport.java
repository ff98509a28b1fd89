package io.flosse.benchmarks.jmh;

import io.flosse.helidon.internal.transport.Transport;
import io.flosse.internal.wire.FrameBuffer;

/** Counts the bytes, and lets go of them. */
class NullTransport implements Transport {

    long bytes;

    @Override
    public int headroom() {
        return 10;
    }

    @Override
    public void prepare() {}

    @Override
    public void send(FrameBuffer frames, boolean last) {
        bytes += frames.length() - headroom();
    }

    @Override
    public boolean isInterruptible() {
        return true;
    }

    @Override
    public boolean watch(Runnable gone) {
        return false;
    }

    @Override
    public void cut() {}

    @Override
    public void release() {}

    @Override
    public void abandon() {}
}
