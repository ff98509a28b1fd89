package io.flosse.helidon;

import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;

/** One GET over cleartext HTTP/2 by prior knowledge (RFC 9113, section 3.3), frame by frame, without a window to run full. */
final class RawHttp2 implements AutoCloseable {

    private static final int DATA = 0;
    private static final int HEADERS = 1;
    private static final int RST_STREAM = 3;
    private static final int SETTINGS = 4;
    private static final int PING = 6;
    private static final int GOAWAY = 7;
    private static final int WINDOW_UPDATE = 8;

    private static final int END_STREAM = 1;
    private static final int END_HEADERS = 4;
    private static final int ACK = 1;

    private final Socket socket;
    private final DataInputStream in;
    private final DataOutputStream out;
    private final ByteArrayOutputStream body = new ByteArrayOutputStream();
    private int status;
    private boolean complete;

    private RawHttp2(Socket socket) throws IOException {
        this.socket = socket;
        this.in = new DataInputStream(socket.getInputStream());
        this.out = new DataOutputStream(socket.getOutputStream());
    }

    /** Sends the request; the headers are pairs of a lower-case name and a value. */
    static RawHttp2 get(int port, String path, String... headers) {
        return open(port, new byte[] {0, 4, 1, 0, 0, 0}, path, headers);
    }

    /** Sends the request, and never lets more than 64 KiB of its answer come. */
    static RawHttp2 getWithSmallWindow(int port, String path) {
        return open(port, new byte[] {0, 4, 0, 1, 0, 0}, path);
    }

    /** Sends a POST and the first byte of its body, which has no end. */
    static RawHttp2 postWithoutAnEnd(int port, String path) {
        byte[] fields = fields(path);
        fields[0] = (byte) 0x83; // :method POST
        RawHttp2 exchange = open(port, new byte[] {0, 4, 1, 0, 0, 0}, END_HEADERS, fields);
        try {
            exchange.frame(DATA, 0, 1, new byte[] {'x'});
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return exchange;
    }

    private static RawHttp2 open(int port, byte[] initialWindow, String path, String... headers) {
        return open(port, initialWindow, END_STREAM | END_HEADERS, fields(path, headers));
    }

    private static RawHttp2 open(int port, byte[] initialWindow, int flags, byte[] fields) {
        try {
            Socket socket = new Socket(InetAddress.getLoopbackAddress(), port);
            socket.setSoTimeout(10_000);
            RawHttp2 exchange = new RawHttp2(socket);
            exchange.out.write("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
            exchange.frame(SETTINGS, 0, 0, initialWindow);
            exchange.frame(WINDOW_UPDATE, 0, 0, new byte[] {1, 0, 0, 0});
            exchange.frame(HEADERS, flags, 1, fields);
            return exchange;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** HPACK (RFC 7541) in its plainest form: static entries where the name has one, no Huffman. */
    private static byte[] fields(String path, String... headers) {
        var block = new ByteArrayOutputStream();
        block.write(0x82); // :method GET
        block.write(0x86); // :scheme http
        block.write(0x04); // :path
        string(block, path);
        block.write(0x01); // :authority
        string(block, "127.0.0.1");
        for (int i = 0; i < headers.length; i += 2) {
            block.write(0);
            string(block, headers[i]);
            string(block, headers[i + 1]);
        }
        return block.toByteArray();
    }

    private static void string(ByteArrayOutputStream block, String text) {
        block.write(text.length());
        block.writeBytes(text.getBytes(StandardCharsets.US_ASCII));
    }

    int status() {
        while (status == 0) {
            readFrame();
        }
        return status;
    }

    /** The body up to the end of the stream. */
    String body() {
        while (!complete) {
            readFrame();
        }
        return text();
    }

    /** The body up to a text that it must hold sooner or later. */
    String bodyUntil(String wanted) {
        while (!text().contains(wanted)) {
            if (complete) {
                throw new AssertionError("The stream ended without '" + wanted + "': " + text());
            }
            readFrame();
        }
        return text();
    }

    /** Gives the stream up, as a browser does when its tab is closed, and keeps the connection. */
    void reset() {
        try {
            frame(RST_STREAM, 0, 1, new byte[] {0, 0, 0, 8}); // CANCEL
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Says that the connection is in use. */
    void ping() {
        try {
            frame(PING, 0, 0, new byte[8]);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private String text() {
        return body.toString(StandardCharsets.UTF_8);
    }

    private void readFrame() {
        try {
            int length = in.readUnsignedByte() << 16 | in.readUnsignedShort();
            int type = in.readUnsignedByte();
            int flags = in.readUnsignedByte();
            int stream = in.readInt() & 0x7fffffff;
            byte[] payload = in.readNBytes(length);
            switch (type) {
                case DATA -> body.writeBytes(payload);
                case HEADERS -> status = staticStatus(payload[0] & 0xff);
                case SETTINGS -> {
                    if ((flags & ACK) == 0) {
                        frame(SETTINGS, ACK, 0, new byte[0]);
                    }
                }
                case PING -> {
                    if ((flags & ACK) == 0) {
                        frame(PING, ACK, 0, payload);
                    }
                }
                case RST_STREAM, GOAWAY ->
                    throw new AssertionError("The server broke off: " + new String(payload, StandardCharsets.ISO_8859_1)
                            + ", after: " + text());
                default -> {
                    // Nothing that matters to one GET.
                }
            }
            complete |= stream == 1 && (type == DATA || type == HEADERS) && (flags & END_STREAM) != 0;
        } catch (IOException e) {
            throw new UncheckedIOException("After: " + text(), e);
        }
    }

    /** The statuses that HPACK has a static entry for are enough here; -1 for any other. */
    private static int staticStatus(int firstByte) {
        return switch (firstByte) {
            case 0x88 -> 200;
            case 0x89 -> 204;
            case 0x8c -> 400;
            case 0x8d -> 404;
            case 0x8e -> 500;
            default -> -1;
        };
    }

    private void frame(int type, int flags, int stream, byte[] payload) throws IOException {
        out.writeByte(0);
        out.writeShort(payload.length);
        out.writeByte(type);
        out.writeByte(flags);
        out.writeInt(stream);
        out.write(payload);
        out.flush();
    }

    @Override
    public void close() {
        try {
            socket.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
