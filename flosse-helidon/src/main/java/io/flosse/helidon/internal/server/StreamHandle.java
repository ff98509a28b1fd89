package io.flosse.helidon.internal.server;

import io.flosse.EndCause;
import io.flosse.StreamInfo;
import io.flosse.auth.Identity;
import io.flosse.helidon.internal.request.RequestView;
import java.time.Duration;
import java.util.Optional;

/** An open stream as its server sees it: what is known of it, and the ways to end it. Safe from any thread. */
public interface StreamHandle {

    /** Returns the request that opened the stream. */
    RequestView request();

    /** Returns the identity that the gates have found; empty for an anonymous client. */
    Optional<Identity> identity();

    /** Returns whether its identity was revoked before the stream was registered. */
    boolean isRevoked();

    /** Returns a snapshot of the stream. */
    StreamInfo info();

    /** Ends the stream with its last frames; blocks while another thread writes. */
    void endBy(EndCause why);

    /**
     * Ends the stream for a shutdown. The last frame tells the client when to reconnect.
     *
     * @param grace the shortest time that the client waits
     * @param spread the longest time that is added, at random
     */
    void drain(Duration grace, Duration spread);

    /** Closes the connection at once, even inside a frame; does not block. */
    void cut();
}
