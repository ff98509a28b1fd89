package io.flosse.helidon.internal.server;

import java.util.concurrent.atomic.LongAdder;

/** The counters of all streams of a server since its start. */
public final class StreamTotals {

    public final LongAdder events = new LongAdder();
    public final LongAdder bytes = new LongAdder();
    public final LongAdder heartbeats = new LongAdder();
    public final LongAdder unwritten = new LongAdder();
}
