package io.flosse.helidon;

import java.util.concurrent.atomic.LongAdder;

/** What all streams of a server have written since it started. */
final class StreamTotals {

    final LongAdder events = new LongAdder();
    final LongAdder bytes = new LongAdder();
    final LongAdder heartbeats = new LongAdder();
    final LongAdder unwritten = new LongAdder();
}
