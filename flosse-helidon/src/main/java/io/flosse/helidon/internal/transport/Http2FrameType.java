package io.flosse.helidon.internal.transport;

/** Constants of the HTTP/2 frames that flosse inspects (RFC 9113, section 6). Lengths are in bytes. */
final class Http2FrameType {

    /** The length of a frame header. */
    static final int HEADER_LENGTH = 9;

    static final int DATA = 0;
    static final int HEADERS = 1;
    static final int RST_STREAM = 3;
    static final int SETTINGS = 4;
    static final int GOAWAY = 7;

    /** The flag of DATA and HEADERS that ends a stream. */
    static final int END_STREAM = 1;

    /** The payload length of RST_STREAM. */
    static final int RST_STREAM_LENGTH = 4;

    private Http2FrameType() {}
}
