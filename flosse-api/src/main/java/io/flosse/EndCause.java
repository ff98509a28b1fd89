package io.flosse;

/** Why a stream ended. Each stream has exactly one. */
public enum EndCause {
    /** The generator returned. */
    COMPLETED,
    /** The client closed its connection. */
    CLIENT_GONE,
    /** The generator threw. */
    FAILED,
    /** The client did not take what was written within the write timeout. */
    WRITE_TIMEOUT,
    /** The stream's maximum duration was reached. */
    MAX_DURATION,
    /** The identity expired. */
    EXPIRED,
    /** A permission, asked again, refused, or the identity was revoked. */
    REVOKED,
    /** It was too far behind its channel, and is to come back for the rest. */
    SLOW_CONSUMER,
    /** The server is going down. */
    DRAINED
}
