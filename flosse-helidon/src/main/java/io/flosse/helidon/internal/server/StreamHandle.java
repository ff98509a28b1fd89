package io.flosse.helidon.internal.server;

import io.flosse.EndCause;
import io.flosse.StreamInfo;
import io.flosse.auth.Identity;
import io.flosse.helidon.internal.request.RequestView;
import java.time.Duration;
import java.util.Optional;

/** The server's view of an open stream: describes the stream and ends it. Thread-safe. */
public interface StreamHandle {

    /** Returns the request that opened the stream. */
    RequestView request();

    /** Returns the authenticated identity; empty for an anonymous client. */
    Optional<Identity> identity();

    /** Returns whether the identity was revoked before the stream was registered. */
    boolean isRevoked();

    /** Returns a snapshot of the stream. */
    StreamInfo info();

    /** Ends the stream and its body with this cause; blocks while another thread writes to it. */
    void endBy(EndCause cause);

    /** Returns whether a drain leaves the stream alone until its grace period is nearly over. */
    boolean finishesOnDrain();

    /**
     * Ends the stream because the server drains. The last frame tells the client when to reconnect. Blocks while
     * another thread writes to the stream.
     *
     * @param grace the minimum time that the client waits
     * @param spread the maximum random time that is added to it
     */
    void drain(Duration grace, Duration spread);

    /** Closes the connection at once, even inside a frame; does not block. */
    void cut();
}
