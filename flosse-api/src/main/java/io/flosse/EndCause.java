package io.flosse;

/** The reason why a stream ended. Each stream has exactly one. */
public enum EndCause {
    /** The generator returned. */
    COMPLETED,
    /** The client closed its connection. */
    CLIENT_GONE,
    /** The generator threw. */
    FAILED,
    /** The client did not read written data within the write timeout. */
    WRITE_TIMEOUT,
    /** The stream's maximum duration was reached. */
    MAX_DURATION,
    /** The identity expired. */
    EXPIRED,
    /** A repeated permission check refused the request, or the identity was revoked. */
    REVOKED,
    /** The stream was too far behind its channel. The client should reconnect to get the remaining events. */
    SLOW_CONSUMER,
    /** The server is shutting down. */
    DRAINED
}
