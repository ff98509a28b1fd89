package io.flosse.examples;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.CompletableFuture;
import java.util.function.IntUnaryOperator;

/**
 * A client that reads numbers from a channel's stream and comes back with its last event id whenever the stream breaks, to
 * the next server. What it gets must be 1, 2, 3 ... Light, so that hundreds of them fit beside the servers.
 */
final class RestlessClient implements Runnable {

    private final IntUnaryOperator ports;
    private final String path;
    private final int last;
    private final CompletableFuture<Integer> connections = new CompletableFuture<>();

    private volatile int seen;
    private volatile boolean connected;

    // Of the one thread that runs.
    private String lastEventId = "";
    private int got;

    /**
     * A client that has not started.
     *
     * @param ports where to connect, the first time (0), the second (1) and so on
     * @param last the number after which it is done
     */
    RestlessClient(IntUnaryOperator ports, String path, int last) {
        this.ports = ports;
        this.path = path;
        this.last = last;
    }

    /** How often it has connected; completed when it is done, or has got what it should not. */
    CompletableFuture<Integer> connections() {
        return connections;
    }

    int seen() {
        return seen;
    }

    boolean isConnected() {
        return connected;
    }

    @Override
    public void run() {
        int attempt = 0;
        try {
            while (seen < last) {
                try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), ports.applyAsInt(attempt++))) {
                    read(socket);
                } catch (IOException broken) {
                    Thread.sleep(50); // as a browser waits for its retry time
                }
            }
            connections.complete(attempt);
        } catch (RuntimeException | Error | InterruptedException e) {
            connections.completeExceptionally(e);
        }
    }

    private void read(Socket socket) throws IOException {
        String request = "GET " + path + " HTTP/1.1\r\nHost: localhost\r\nAccept: text/event-stream\r\n"
                + (lastEventId.isEmpty() ? "" : "Last-Event-ID: " + lastEventId + "\r\n") + "\r\n";
        socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
        InputStream in = socket.getInputStream();
        skipHead(in);
        BufferedReader lines =
                new BufferedReader(new InputStreamReader(new ChunkedBody(in), StandardCharsets.UTF_8), 16_384);
        String id = "";
        for (String line = lines.readLine(); line != null && seen < last; line = lines.readLine()) {
            if (line.startsWith("id: ")) {
                id = line.substring(4);
            } else if (line.startsWith("data: ")) {
                take(line.substring(6));
                lastEventId = id;
            } else {
                connected = true; // the retry field at the latest
            }
        }
    }

    private void take(String data) {
        if (!data.equals(Integer.toString(got + 1))) {
            throw new AssertionError("After " + seen + " (id " + lastEventId + ") came " + data);
        }
        seen = ++got;
    }

    private static void skipHead(InputStream in) throws IOException {
        int ends = 0;
        while (ends < 4) {
            int c = in.read();
            if (c < 0) {
                throw new IOException("No answer");
            }
            ends = c == (ends % 2 == 0 ? '\r' : '\n') ? ends + 1 : c == '\r' ? 1 : 0;
        }
    }

    /** The body without its chunks. */
    private static final class ChunkedBody extends InputStream {

        private final InputStream in;
        private final byte[] buffer = new byte[16_384];
        private int position;
        private int filled;
        private int left;

        ChunkedBody(InputStream in) {
            this.in = in;
        }

        @Override
        public int read() {
            throw new UnsupportedOperationException();
        }

        @Override
        public int read(byte[] target, int offset, int length) throws IOException {
            if (left == 0 && !nextChunk()) {
                return -1;
            }
            if (position == filled && !fill()) {
                return -1;
            }
            int count = Math.min(Math.min(length, left), filled - position);
            System.arraycopy(buffer, position, target, offset, count);
            position += count;
            left -= count;
            return count;
        }

        private boolean nextChunk() throws IOException {
            int size = 0;
            boolean digits = false;
            while (true) {
                int c = next();
                if (c < 0) {
                    return false;
                }
                int digit = Character.digit(c, 16);
                if (digit >= 0) {
                    size = size * 16 + digit;
                    digits = true;
                } else if (c == '\n' && digits) {
                    left = size;
                    return size > 0;
                }
            }
        }

        private int next() throws IOException {
            return position == filled && !fill() ? -1 : buffer[position++];
        }

        private boolean fill() throws IOException {
            position = 0;
            filled = Math.max(0, in.read(buffer));
            return filled > 0;
        }
    }
}
