package io.flosse.throttle;

import io.flosse.SseRequest;
import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Counts open streams. A key without streams takes no memory. */
final class ConcurrentThrottle implements Throttle {

    /** Nobody knows when a stream ends; a client that asks every few seconds harms nobody. */
    private static final Duration WAIT = Duration.ofSeconds(5);

    private final int most;
    private final Function<SseRequest, String> key;
    private final Map<String, Integer> open = new ConcurrentHashMap<>();

    ConcurrentThrottle(int most, Function<SseRequest, String> key) {
        if (most < 1) {
            throw new IllegalArgumentException("A throttle must admit at least 1 stream, but is told " + most);
        }
        this.most = most;
        this.key = Objects.requireNonNull(key);
    }

    @Override
    public Admission admit(SseRequest request) {
        String owner = key.apply(request);
        boolean[] admitted = new boolean[1];
        open.compute(owner, (k, streams) -> {
            int now = streams == null ? 0 : streams;
            admitted[0] = now < most;
            return admitted[0] ? now + 1 : streams;
        });
        return admitted[0] ? Admission.admitted(() -> release(owner)) : Admission.rejected(WAIT);
    }

    private void release(String owner) {
        open.computeIfPresent(owner, (k, streams) -> less(streams));
    }

    private static @Nullable Integer less(int streams) {
        return streams == 1 ? null : streams - 1;
    }
}
