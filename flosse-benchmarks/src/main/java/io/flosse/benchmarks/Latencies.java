package io.flosse.benchmarks;

import java.util.Arrays;
import java.util.function.LongConsumer;

/** A recorder that keeps every latency, in nanoseconds. Not thread-safe. */
final class Latencies implements LongConsumer {

    private long[] values = new long[1 << 16];
    private int count;

    @Override
    public void accept(long nanos) {
        if (count == values.length) {
            values = Arrays.copyOf(values, count * 2);
        }
        values[count++] = nanos;
    }

    /**
     * Returns a percentile of the recorded latencies.
     *
     * @param percent the percentile, such as 99
     * @return the smallest latency that at least this percentage of the values does not exceed, in seconds; NaN if no
     *     latency was recorded
     */
    double percentile(double percent) {
        if (count == 0) {
            return Double.NaN;
        }
        long[] sorted = Arrays.copyOf(values, count);
        Arrays.sort(sorted);
        return sorted[Math.max(0, (int) Math.ceil(count * percent / 100) - 1)] / 1e9;
    }
}
