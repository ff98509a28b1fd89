package io.flosse.examples;

import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.locks.LockSupport;

/** A client on a bare socket that reads one stream and keeps only how it ended, however much came before. */
final class WholeStream {

    private static final int KEPT = 1024;
    private static final int PIECE = 4096;

    private final String path;
    private final long pause;

    /** The last bytes of the body, as text. */
    private String tail = "";

    /** How the body ended: {@code null} is well, by its last chunk and a close. */
    private Exception failure;

    private Thread thread;

    /**
     * A client that has yet to connect.
     *
     * @param pause how long it does nothing after each 4 KiB, in nanoseconds
     */
    WholeStream(String path, long pause) {
        this.path = path;
        this.pause = pause;
    }

    /** Connects and reads until the end, in a thread of its own; counts down with the first bytes of the body. */
    void start(int port, CountDownLatch reads) {
        thread = Thread.startVirtualThread(() -> {
            try (Socket socket = new Socket()) {
                if (pause > 0) {
                    socket.setReceiveBufferSize(PIECE);
                }
                socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
                socket.setSoTimeout(60_000);
                String request = "GET " + path + " HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n";
                socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
                read(new BufferedInputStream(socket.getInputStream(), PIECE), reads);
            } catch (IOException e) {
                failure = e;
            }
        });
    }

    private void read(InputStream in, CountDownLatch reads) throws IOException {
        String status = line(in);
        if (!status.equals("HTTP/1.1 200 OK")) {
            throw new IOException(status);
        }
        while (!line(in).isEmpty()) {
            // a header
        }
        int size = size(in);
        reads.countDown();
        for (; size > 0; size = size(in)) {
            for (int left = size; left > 0; ) {
                byte[] piece = in.readNBytes(Math.min(left, PIECE));
                if (piece.length == 0) {
                    throw new EOFException("Cut inside a chunk, after " + tail);
                }
                left -= piece.length;
                keep(new String(piece, StandardCharsets.UTF_8));
                LockSupport.parkNanos(pause);
            }
            expectEmptyLine(in);
        }
        expectEmptyLine(in);
        if (in.read() >= 0) {
            throw new IOException("More than the body");
        }
    }

    private void keep(String piece) {
        String kept = tail + piece;
        tail = kept.substring(Math.max(0, kept.length() - KEPT));
    }

    private int size(InputStream in) throws IOException {
        return Integer.parseInt(line(in), 16);
    }

    private void expectEmptyLine(InputStream in) throws IOException {
        if (!line(in).isEmpty()) {
            throw new IOException("A chunk is longer than it says, after " + tail);
        }
    }

    private String line(InputStream in) throws IOException {
        StringBuilder line = new StringBuilder();
        for (int next = in.read(); next != '\n'; next = in.read()) {
            if (next < 0) {
                throw new EOFException("Cut after " + tail);
            }
            line.append((char) next);
        }
        if (line.isEmpty() || line.charAt(line.length() - 1) != '\r') {
            throw new IOException("A line without CRLF: " + line);
        }
        return line.substring(0, line.length() - 1);
    }

    /** Waits for the end, and gives the last frame of a stream that ended well. */
    String lastFrame() throws Exception {
        thread.join();
        if (failure != null) {
            throw new AssertionError(path + (pause > 0 ? " (slow)" : "") + " was not whole", failure);
        }
        if (!tail.endsWith("\n\n")) {
            throw new AssertionError(path + " ended in mid-frame: " + tail);
        }
        String frames = tail.substring(0, tail.length() - 2);
        return frames.substring(frames.lastIndexOf("\n\n") + 2);
    }
}
