package io.flosse.helidon;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import javax.net.ssl.SSLSocket;

/** A client that leaves in every way there is, and reads as slowly as a test wants. */
final class RawConnection implements AutoCloseable {

    private static final byte[] HEAD_END = {'\r', '\n', '\r', '\n'};

    private final Socket tcp;
    private final Socket socket;
    private final InputStream in;
    private final OutputStream out;
    private final ByteArrayOutputStream received = new ByteArrayOutputStream();
    private final byte[] piece = new byte[8192];

    private RawConnection(Socket tcp, Socket socket) throws IOException {
        this.tcp = tcp;
        this.socket = socket;
        in = socket.getInputStream();
        out = socket.getOutputStream();
    }

    /**
     * Connects.
     *
     * @param receiveBuffer how much the kernel takes for a client that does not read; 0 for its own choice
     */
    static RawConnection open(Wire wire, int port, int receiveBuffer) {
        try {
            Socket tcp = new Socket();
            if (receiveBuffer > 0) {
                tcp.setReceiveBufferSize(receiveBuffer);
            }
            tcp.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
            tcp.setSoTimeout((int) LifeServer.PATIENCE_SECONDS * 1000);
            tcp.setTcpNoDelay(true);
            if (wire == Wire.PLAIN) {
                return new RawConnection(tcp, tcp);
            }
            SSLSocket tls = (SSLSocket) Wire.sslContext().getSocketFactory().createSocket(tcp, "127.0.0.1", port, true);
            tls.startHandshake();
            return new RawConnection(tcp, tls);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    RawConnection get(String path, String... headers) {
        return write("GET " + path + " HTTP/1.1\r\nHost: 127.0.0.1\r\n"
                + (headers.length == 0 ? "" : String.join("\r\n", headers) + "\r\n") + "\r\n");
    }

    RawConnection write(String text) {
        write(text.getBytes(StandardCharsets.UTF_8));
        return this;
    }

    void write(byte[] bytes) {
        try {
            out.write(bytes);
            out.flush();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Reads until the text has come. */
    RawConnection awaitText(String text) {
        while (!text().contains(text)) {
            if (readSome(piece.length) < 0) {
                throw new AssertionError("The connection ended without '" + text + "': " + text());
            }
        }
        return this;
    }

    /** Reads until the connection ends. */
    RawConnection awaitEnd() {
        while (readSome(piece.length) >= 0) {
            // more
        }
        return this;
    }

    /** Reads what is there, at most so many bytes; waits for the first. Less than 0 is the end. */
    int readSome(int most) {
        try {
            int count = in.read(piece, 0, Math.min(most, piece.length));
            if (count > 0) {
                received.write(piece, 0, count);
            }
            return count;
        } catch (IOException e) {
            throw new UncheckedIOException("After: " + text(), e);
        }
    }

    /** All bytes received, as they came. */
    String text() {
        return received.toString(StandardCharsets.UTF_8);
    }

    int localPort() {
        return tcp.getLocalPort();
    }

    int status() {
        return Integer.parseInt(text().split(" ", 3)[1]);
    }

    /** The body so far without its chunk framing: whole chunks only. */
    String body() {
        return chunks()[0];
    }

    /** Whether the last chunk has come, and nothing after it. */
    boolean isComplete() {
        return chunks()[1].equals("complete");
    }

    private String[] chunks() {
        // One byte is one char, so that chunk sizes count chars.
        String all = received.toString(StandardCharsets.ISO_8859_1);
        int from = all.indexOf(new String(HEAD_END, StandardCharsets.ISO_8859_1)) + HEAD_END.length;
        var body = new StringBuilder();
        while (true) {
            int line = all.indexOf("\r\n", from);
            int size = line < 0 ? -1 : Integer.parseInt(all.substring(from, line), 16);
            int end = line + 2 + size + 2;
            if (size < 0 || end > all.length()) {
                return new String[] {utf8(body), "torn"};
            }
            body.append(all, line + 2, line + 2 + size);
            from = end;
            if (size == 0) {
                return new String[] {utf8(body), from == all.length() ? "complete" : "followed"};
            }
        }
    }

    private static String utf8(CharSequence latin1) {
        return new String(latin1.toString().getBytes(StandardCharsets.ISO_8859_1), StandardCharsets.UTF_8);
    }

    /** Goes away as a client does: FIN, over TLS without a word before. What it has not read makes the kernel send RST. */
    void fin() {
        close(tcp);
    }

    /** Goes away as a crashed client does: RST. */
    void reset() {
        try {
            tcp.setSoLinger(true, 0);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        close(tcp);
    }

    /** Says that nothing more will be sent, and could still read. */
    void halfClose() {
        try {
            socket.shutdownOutput();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() {
        close(tcp);
    }

    private static void close(Socket socket) {
        try {
            socket.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
