package io.flosse.benchmarks;

import java.util.Arrays;
import java.util.function.LongConsumer;

/** Latencies in nanoseconds, all of them. */
final class Latencies implements LongConsumer {

    private long[] values = new long[1 << 16];
    private int count;

    @Override
    public void accept(long value) {
        if (count == values.length) {
            values = Arrays.copyOf(values, count * 2);
        }
        values[count++] = value;
    }

    /** The least latency that so many of a hundred stay at or below, in seconds; NaN if there is none. */
    double percentile(double percent) {
        if (count == 0) {
            return Double.NaN;
        }
        long[] sorted = Arrays.copyOf(values, count);
        Arrays.sort(sorted);
        return sorted[Math.max(0, (int) Math.ceil(count * percent / 100) - 1)] / 1e9;
    }
}
