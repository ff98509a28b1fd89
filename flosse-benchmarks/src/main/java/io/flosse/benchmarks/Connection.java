package io.flosse.benchmarks;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;

/**
 * The client side of one stream. Counts the {@code ~} characters that end the events and parses the time before each.
 * Used by the thread of its {@link Load} only.
 */
final class Connection {

    /** A callback for each received event. */
    interface Listener {

        /**
         * Handles an event.
         *
         * @param sentNanos the {@link System#nanoTime} at which the event was sent; 0 if the event has no time
         */
        void onEvent(long sentNanos);
    }

    /** The last chunk of a chunked body. */
    private static final byte[] LAST_CHUNK = "0\r\n\r\n".getBytes(StandardCharsets.US_ASCII);

    private final SocketChannel channel;
    private final ByteBuffer request;
    private long number;
    private int matchedEndBytes;
    private boolean inHeaders = true;
    long events;

    private Connection(SocketChannel channel, String request) {
        this.channel = channel;
        this.request = ByteBuffer.wrap(request.getBytes(StandardCharsets.US_ASCII));
    }

    static Connection open(Selector selector, int port, String target, boolean close) throws IOException {
        SocketChannel channel = SocketChannel.open();
        channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
        channel.configureBlocking(false);
        Connection connection = new Connection(
                channel,
                "GET " + target + " HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept: text/event-stream\r\n"
                        + (close ? "Connection: close\r\n" : "") + "\r\n");
        boolean connected = channel.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
        channel.register(selector, connected ? SelectionKey.OP_WRITE : SelectionKey.OP_CONNECT, connection);
        return connection;
    }

    /** Connects, writes or reads, depending on the ready set of the key. Returns false once the stream has ended. */
    @SuppressWarnings("ByteBufferBackingArray") // Load allocates the buffer on the heap
    boolean handle(SelectionKey key, ByteBuffer buffer, Listener listener) throws IOException {
        if (key.isConnectable()) {
            channel.finishConnect();
            key.interestOps(SelectionKey.OP_WRITE);
        } else if (key.isWritable()) {
            channel.write(request);
            key.interestOps(request.hasRemaining() ? SelectionKey.OP_WRITE : SelectionKey.OP_READ);
        } else if (key.isReadable()) {
            buffer.clear();
            if (channel.read(buffer) < 0) {
                return false;
            }
            scan(buffer.array(), buffer.position(), listener);
            return matchedEndBytes < LAST_CHUNK.length;
        }
        return true;
    }

    private void scan(byte[] bytes, int length, Listener listener) throws IOException {
        int i = 0;
        if (inHeaders) {
            i = skipHeaders(bytes, length);
        }
        for (; i < length; i++) {
            byte b = bytes[i];
            if (b >= '0' && b <= '9') {
                number = number * 10 + b - '0';
            } else {
                if (b == '~') {
                    events++;
                    listener.onEvent(number);
                }
                number = 0;
            }
        }
        matchEnd(bytes, length);
    }

    private int skipHeaders(byte[] bytes, int length) throws IOException {
        String received = new String(bytes, 0, length, StandardCharsets.US_ASCII);
        if (!received.startsWith("HTTP/1.1 200")) {
            throw new IOException("The server did not answer with a stream but with: " + received);
        }
        for (int i = 0, lineEnds = 0; i < length; i++) {
            if (bytes[i] == '\n') {
                if (++lineEnds == 2) {
                    inHeaders = false;
                    return i + 1;
                }
            } else if (bytes[i] != '\r') {
                lineEnds = 0;
            }
        }
        return length;
    }

    /** Matches the last received bytes against the last chunk, which may arrive in several reads. */
    private void matchEnd(byte[] bytes, int length) {
        for (int i = Math.max(0, length - LAST_CHUNK.length); i < length; i++) {
            matchedEndBytes = bytes[i] == LAST_CHUNK[matchedEndBytes % LAST_CHUNK.length]
                    ? matchedEndBytes % LAST_CHUNK.length + 1
                    : bytes[i] == LAST_CHUNK[0] ? 1 : 0;
        }
    }

    void close() throws IOException {
        channel.close();
    }
}
