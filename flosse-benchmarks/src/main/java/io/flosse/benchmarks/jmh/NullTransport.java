package io.flosse.benchmarks.jmh;

import io.flosse.helidon.internal.transport.Transport;
import io.flosse.internal.wire.FrameBuffer;

/** A transport that counts the bytes of the frames and discards them. */
class NullTransport implements Transport {

    /** The number of bytes sent so far. */
    long bytes;

    @Override
    public int headroom() {
        return 10;
    }

    @Override
    public void prepare() {}

    @Override
    public void sendHead() {}

    @Override
    public void send(FrameBuffer frames, BodyState after) {
        bytes += frames.length() - headroom();
    }

    @Override
    public boolean isInterruptible() {
        return true;
    }

    @Override
    public boolean watch(Runnable onDisconnect) {
        return false;
    }

    @Override
    public void cut() {}

    @Override
    public void release() {}

    @Override
    public void abandon() {}
}
