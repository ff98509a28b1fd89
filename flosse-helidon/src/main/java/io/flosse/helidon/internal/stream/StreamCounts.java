package io.flosse.helidon.internal.stream;

import io.flosse.helidon.internal.server.StreamTotals;

/** The counters of one stream. Updated under the stream's write lock; read by any thread. */
@SuppressWarnings("NonAtomicVolatileUpdate") // the write lock admits one writer at a time
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

    /** Returns the bytes of the frames written, without chunk framing and headers. */
    long bytes() {
        return bytes;
    }

    long heartbeats() {
        return heartbeats;
    }

    /** Returns the number of events that were yielded and buffered, but never written. */
    long unwritten() {
        return unwritten;
    }
}
