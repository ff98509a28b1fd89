package io.flosse.internal.channel.fanout;

import io.flosse.StreamEndedException;
import java.io.Serial;

/** Thrown when a subscriber is behind by more than its buffer. Its client should reconnect for the missed events. */
public final class SlowConsumerException extends StreamEndedException {

    @Serial
    private static final long serialVersionUID = 1L;

    SlowConsumerException(int buffer) {
        super("The subscriber fell behind by more than its buffer of " + buffer + " events", null);
    }
}
