package io.flosse.helidon.internal.transport;

/** The frames of HTTP/2 that flosse looks at (RFC 9113, section 6). */
final class Http2FrameType {

    static final int HEADER_LENGTH = 9;

    static final int DATA = 0;
    static final int HEADERS = 1;
    static final int RST_STREAM = 3;
    static final int SETTINGS = 4;
    static final int GOAWAY = 7;

    /** A flag of DATA and HEADERS. */
    static final int END_STREAM = 1;

    /** The length of the payload of RST_STREAM. */
    static final int RST_STREAM_LENGTH = 4;

    private Http2FrameType() {}
}
