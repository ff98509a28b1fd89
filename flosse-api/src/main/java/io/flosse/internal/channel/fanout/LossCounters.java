package io.flosse.internal.channel.fanout;

import io.flosse.channel.Channel.Loss;
import java.util.Collections;
import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.atomic.LongAdder;

/** Counters of the events lost by subscribers, by reason. */
public final class LossCounters {

    private final Map<Loss, LongAdder> counters = new EnumMap<>(Loss.class);

    public LossCounters() {
        for (Loss cause : Loss.values()) {
            counters.put(cause, new LongAdder());
        }
    }

    void add(Loss cause, long count) {
        LongAdder counter = counters.get(cause);
        if (counter != null) {
            counter.add(count);
        }
    }

    public Map<Loss, Long> counts() {
        Map<Loss, Long> counts = new EnumMap<>(Loss.class);
        counters.forEach((cause, counter) -> counts.put(cause, counter.sum()));
        return Collections.unmodifiableMap(counts);
    }
}
