package io.flosse.internal.channel.fanout;

import io.flosse.StreamEndedException;
import java.io.Serial;

/** A subscriber fell behind by more than its buffer, and is to come back for what it missed. */
public final class SlowConsumerException extends StreamEndedException {

    @Serial
    private static final long serialVersionUID = 1L;

    SlowConsumerException(int buffer) {
        super("The subscriber fell behind by more than its buffer of " + buffer + " events", null);
    }
}
