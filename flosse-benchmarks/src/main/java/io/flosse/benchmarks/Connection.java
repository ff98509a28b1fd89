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

/** One stream at its client: counts the marks that end events, and reads the time before each. */
final class Connection {

    /** Told of each event, with its time; 0 if it has none. */
    interface Listener {
        void event(long time);
    }

    private static final byte[] END = "0\r\n\r\n".getBytes(StandardCharsets.US_ASCII);

    private final SocketChannel channel;
    private final ByteBuffer request;
    private long number;
    private int endSeen;
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

    /** Does what the key is ready for; false once the stream has ended. */
    @SuppressWarnings("ByteBufferBackingArray") // the one that Load has allocated
    boolean ready(SelectionKey key, ByteBuffer buffer, Listener listener) throws IOException {
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
            return endSeen < END.length;
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
                    listener.event(number);
                }
                number = 0;
            }
        }
        trackEnd(bytes, length);
    }

    private int skipHeaders(byte[] bytes, int length) throws IOException {
        if (!new String(bytes, 0, length, StandardCharsets.US_ASCII).startsWith("HTTP/1.1 200")) {
            throw new IOException("Not a stream: " + new String(bytes, 0, length, StandardCharsets.US_ASCII));
        }
        for (int i = 0, ends = 0; i < length; i++) {
            if (bytes[i] == '\n') {
                if (++ends == 2) {
                    inHeaders = false;
                    return i + 1;
                }
            } else if (bytes[i] != '\r') {
                ends = 0;
            }
        }
        return length;
    }

    /** Whether the last bytes so far are those of the last chunk. */
    private void trackEnd(byte[] bytes, int length) {
        for (int i = Math.max(0, length - END.length); i < length; i++) {
            endSeen = bytes[i] == END[endSeen % END.length] ? endSeen % END.length + 1 : bytes[i] == END[0] ? 1 : 0;
        }
    }

    void close() throws IOException {
        channel.close();
    }
}
