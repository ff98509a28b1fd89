package io.flosse.throttle;

import io.flosse.SseRequest;
import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** A throttle that limits the number of open streams per key. A key without open streams takes no memory. */
final class ConcurrentThrottle implements Throttle {

    /** The end of a stream cannot be predicted. A retry every few seconds causes little load. */
    private static final Duration RETRY_AFTER = Duration.ofSeconds(5);

    private final int max;
    private final Function<SseRequest, String> key;
    private final Map<String, Integer> open = new ConcurrentHashMap<>();

    ConcurrentThrottle(int max, Function<SseRequest, String> key) {
        if (max < 1) {
            throw new IllegalArgumentException("A throttle must admit at least 1 stream, but its limit is " + max);
        }
        this.max = max;
        this.key = Objects.requireNonNull(key);
    }

    @Override
    public Admission admit(SseRequest request) {
        String requestKey = BoundedKey.of(key.apply(request));
        boolean[] admitted = new boolean[1];
        open.compute(requestKey, (k, streams) -> {
            int current = streams == null ? 0 : streams;
            admitted[0] = current < max;
            return admitted[0] ? current + 1 : streams;
        });
        return admitted[0] ? Admission.admitted(() -> release(requestKey)) : Admission.rejected(RETRY_AFTER);
    }

    private void release(String requestKey) {
        open.computeIfPresent(requestKey, (k, streams) -> decrement(streams));
    }

    private static @Nullable Integer decrement(int streams) {
        return streams == 1 ? null : streams - 1;
    }
}
