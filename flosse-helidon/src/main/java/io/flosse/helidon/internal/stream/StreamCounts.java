package io.flosse.helidon.internal.stream;

import io.flosse.helidon.internal.server.StreamTotals;

/** What one stream has written. Changed under the stream's write lock, read by anybody. */
@SuppressWarnings("NonAtomicVolatileUpdate") // one writer at a time
public final class StreamCounts {

    private final StreamTotals totals;
    private volatile long events;
    private volatile long bytes;
    private volatile long heartbeats;
    private volatile long unwritten;

    public StreamCounts(StreamTotals totals) {
        this.totals = totals;
    }

    void written(int events, int bytes) {
        this.events += events;
        this.bytes += bytes;
        totals.events.add(events);
        totals.bytes.add(bytes);
    }

    void lost(int events) {
        unwritten += events;
        totals.unwritten.add(events);
    }

    void heartbeat() {
        heartbeats++;
        totals.heartbeats.increment();
    }

    public long events() {
        return events;
    }

    /** Bytes of frames, without chunk framing and headers. */
    long bytes() {
        return bytes;
    }

    long heartbeats() {
        return heartbeats;
    }

    /** Events that were yielded and gathered but could not be written any more. */
    long unwritten() {
        return unwritten;
    }
}
