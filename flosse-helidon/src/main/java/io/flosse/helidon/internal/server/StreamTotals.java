package io.flosse.helidon.internal.server;

import java.util.concurrent.atomic.LongAdder;

/** What all streams of a server have written since it started. */
public final class StreamTotals {

    public final LongAdder events = new LongAdder();
    public final LongAdder bytes = new LongAdder();
    public final LongAdder heartbeats = new LongAdder();
    public final LongAdder unwritten = new LongAdder();
}
