package io.flosse.helidon;

import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.BiConsumer;
import java.util.function.BooleanSupplier;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;

/**
 * One HTTP/2 connection with many streams, frame by frame (RFC 9113). A thread of its own reads; it notes what a server must
 * not do.
 */
final class Http2Client implements AutoCloseable {

    /** How a connection becomes one of HTTP/2. */
    enum Entry {
        PRIOR_KNOWLEDGE,
        ALPN,
        UPGRADE
    }

    static final int CANCEL = 8;
    static final int ENHANCE_YOUR_CALM = 11;

    private static final int DATA = 0;
    private static final int HEADERS = 1;
    private static final int RST_STREAM = 3;
    private static final int SETTINGS = 4;
    private static final int PING = 6;
    private static final int GOAWAY = 7;
    private static final int WINDOW_UPDATE = 8;
    private static final int CONTINUATION = 9;

    private static final int END_STREAM = 1;
    private static final int END_HEADERS = 4;
    private static final int ACK = 1;

    private static final byte[] LARGE_WINDOW = {0, 4, 0x3f, 0, 0, 0};
    /** Of so many bytes is a stream's window, for a client that has a small one. */
    static final int SMALL = 16 * 1024;

    private static final byte[] SMALL_WINDOW = {0, 4, 0, 0, 64, 0};

    private final Socket socket;
    private final DataInputStream in;
    private final DataOutputStream out;
    private final boolean returnsWindow;
    private final StatusReader statuses = new StatusReader();
    private int nextStream = 1;

    /** Owned by the reading thread. */
    private int received;

    // Guarded by this.
    private final Map<Integer, Stream> streams = new TreeMap<>();
    private final List<String> violations = new ArrayList<>();
    private BiConsumer<Integer, byte[]> consumer = (id, data) -> stream(id).body.writeBytes(data);
    private boolean paused;
    private boolean closed;
    private int goAway = -1;
    private int pings;

    /** Finds the status in blocks of headers (RFC 7541): it follows the table of both ends, and decodes nothing else. */
    private static final class StatusReader {

        private static final int[] STATIC = {200, 204, 206, 304, 400, 404, 500};
        private static final int STATIC_ENTRIES = 61;

        /** The newest first; 0 for what is no status. */
        private final List<Integer> table = new ArrayList<>();

        private byte[] block = {};
        private int position;

        int read(byte[] headers) {
            block = headers;
            position = 0;
            int status = 0;
            while (position < block.length) {
                int first = block[position] & 0xff;
                if ((first & 0x80) != 0) {
                    status = Math.max(status, indexed(number(7)));
                } else if ((first & 0xe0) == 0x20) {
                    number(5); // the table's size
                } else {
                    boolean added = (first & 0x40) != 0;
                    int value = literal(number(added ? 6 : 4));
                    if (added) {
                        table.addFirst(value);
                    }
                    status = Math.max(status, value);
                }
            }
            return status;
        }

        private int indexed(int index) {
            if (index > STATIC_ENTRIES) {
                return table.get(index - STATIC_ENTRIES - 1);
            }
            return index >= 8 && index <= 14 ? STATIC[index - 8] : 0;
        }

        private int literal(int name) {
            if (name == 0) {
                string();
            }
            boolean huffman = (block[position] & 0x80) != 0;
            int from = position + 1;
            string();
            if (name < 8 || name > 14) {
                return 0;
            }
            return huffman ? huffman(from) : Integer.parseInt(new String(block, from, 3, StandardCharsets.US_ASCII));
        }

        /** Three digits: five bits for 0, 1 and 2, six for the others. */
        private int huffman(int from) {
            int bits = (block[from] & 0xff) << 16 | (block[from + 1] & 0xff) << 8 | (block[from + 2] & 0xff);
            int status = 0;
            int left = 24;
            for (int digit = 0; digit < 3; digit++) {
                int five = (bits >> (left - 5)) & 0x1f;
                int six = (bits >> (left - 6)) & 0x3f;
                status = 10 * status + (five < 3 ? five : six - 0x16);
                left -= five < 3 ? 5 : 6;
            }
            return status;
        }

        private void string() {
            int length = number(7);
            position += length;
        }

        private int number(int prefix) {
            int mask = (1 << prefix) - 1;
            int number = block[position++] & mask;
            if (number == mask) {
                int next;
                int shift = 0;
                do {
                    next = block[position++] & 0xff;
                    number += (next & 0x7f) << shift;
                    shift += 7;
                } while ((next & 0x80) != 0);
            }
            return number;
        }
    }

    private static final class Stream {
        private final ByteArrayOutputStream body = new ByteArrayOutputStream();
        private int status;
        private boolean ended;
        private boolean cancelled;
        private int reset = -1;
    }

    private Http2Client(Socket socket, boolean returnsWindow) throws IOException {
        this.socket = socket;
        this.returnsWindow = returnsWindow;
        this.in = new DataInputStream(socket.getInputStream());
        this.out = new DataOutputStream(socket.getOutputStream());
    }

    /** A client with room for 1 GB on each stream and on the connection. */
    static Http2Client open(Entry entry, int port) {
        return open(entry, port, "/");
    }

    /** The same; the path is that of stream 1, which an upgrade has from the start. */
    static Http2Client open(Entry entry, int port, String path) {
        try {
            return open(connect(entry, port, 0), entry, path, LARGE_WINDOW, 0x3f000000);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** A client that lets 16 KiB of each stream come, until it is asked for more. */
    static Http2Client withSmallWindow(int port) {
        try {
            return open(connect(Entry.PRIOR_KNOWLEDGE, port, 0), Entry.PRIOR_KNOWLEDGE, "/", SMALL_WINDOW, 0x3f000000);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** A client that has a window as large as the others, but a socket that takes little once it is paused. */
    static Http2Client withSmallSocket(Entry entry, int port) {
        try {
            return open(connect(entry, port, 4096), entry, "/", LARGE_WINDOW, 0x3f000000);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Socket connect(Entry entry, int port, int receiveBuffer) throws IOException {
        Socket socket = new Socket();
        if (receiveBuffer > 0) {
            socket.setReceiveBufferSize(receiveBuffer);
        }
        socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
        socket.setTcpNoDelay(true);
        if (entry != Entry.ALPN) {
            return socket;
        }
        SSLSocket tls = (SSLSocket) Wire.sslContext()
                .getSocketFactory()
                .createSocket(socket, InetAddress.getLoopbackAddress().getHostAddress(), port, true);
        SSLParameters parameters = tls.getSSLParameters();
        parameters.setApplicationProtocols(new String[] {"h2"});
        tls.setSSLParameters(parameters);
        tls.startHandshake();
        if (!tls.getApplicationProtocol().equals("h2")) {
            throw new AssertionError("Negotiated was '" + tls.getApplicationProtocol() + "'");
        }
        return tls;
    }

    private static Http2Client open(Socket socket, Entry entry, String path, byte[] window, int connectionWindow)
            throws IOException {
        Http2Client client = new Http2Client(socket, Arrays.equals(window, LARGE_WINDOW));
        if (entry == Entry.UPGRADE) {
            client.upgrade(path);
        }
        client.out.write("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
        client.frame(SETTINGS, 0, 0, window);
        client.frame(WINDOW_UPDATE, 0, 0, int32(connectionWindow));
        Thread.ofVirtual().name("http2-client").start(client::read);
        return client;
    }

    private void upgrade(String path) throws IOException {
        out.write(("GET " + path + " HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: Upgrade, HTTP2-Settings\r\n"
                        + "Upgrade: h2c\r\nHTTP2-Settings: AAQ_AAAA\r\n\r\n")
                .getBytes(StandardCharsets.US_ASCII));
        out.flush();
        StringBuilder head = new StringBuilder();
        while (!head.toString().endsWith("\r\n\r\n")) {
            head.append((char) in.readUnsignedByte());
        }
        if (!head.toString().startsWith("HTTP/1.1 101")) {
            throw new AssertionError("No upgrade: " + head);
        }
        streams.put(1, new Stream());
        nextStream = 3;
    }

    /** Opens a stream; the headers are pairs of a lower-case name and a value. */
    int get(String path, String... headers) {
        return request(0x82, END_STREAM, path, headers);
    }

    /** Opens a stream whose request goes on. */
    int post(String path, String... headers) {
        return request(0x83, 0, path, headers);
    }

    private int request(int method, int flags, String path, String... headers) {
        int id;
        synchronized (this) {
            id = nextStream;
            nextStream += 2;
            streams.put(id, new Stream());
        }
        send(HEADERS, flags | END_HEADERS, id, fields(method, path, headers));
        return id;
    }

    /** HPACK (RFC 7541) in its plainest form: static entries where the name has one, no Huffman. */
    private static byte[] fields(int method, String path, String... headers) {
        var block = new ByteArrayOutputStream();
        block.write(method);
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

    void data(int id, String text, boolean last) {
        send(DATA, last ? END_STREAM : 0, id, text.getBytes(StandardCharsets.UTF_8));
    }

    /** Gives a stream up. */
    void reset(int id) {
        synchronized (this) {
            stream(id).cancelled = true;
        }
        send(RST_STREAM, 0, id, int32(CANCEL));
    }

    /** Opens a stream and gives it up in one write. */
    int getAndReset(String path) {
        int id;
        synchronized (this) {
            id = nextStream;
            nextStream += 2;
            Stream stream = new Stream();
            stream.cancelled = true;
            streams.put(id, stream);
        }
        var both = new ByteArrayOutputStream();
        both.writeBytes(bytes(HEADERS, END_STREAM | END_HEADERS, id, fields(0x82, path)));
        both.writeBytes(bytes(RST_STREAM, 0, id, int32(CANCEL)));
        write(both.toByteArray());
        return id;
    }

    void sendGoAway() {
        send(GOAWAY, 0, 0, new byte[8]);
    }

    void ping() {
        send(PING, 0, 0, new byte[8]);
    }

    /** Lets more of a stream come. */
    void openWindow(int id, int bytes) {
        send(WINDOW_UPDATE, 0, id, int32(bytes));
    }

    /** From now on hands data on, on the reading thread, and keeps none. */
    synchronized void onData(BiConsumer<Integer, byte[]> action) {
        consumer = action;
    }

    /** Reads nothing more from the socket. */
    synchronized void pause() {
        paused = true;
    }

    synchronized void resume() {
        paused = false;
        notifyAll();
    }

    private Stream stream(int id) {
        Stream stream = streams.get(id);
        if (stream == null) {
            throw new AssertionError("No stream " + id);
        }
        return stream;
    }

    synchronized String body(int id) {
        return stream(id).body.toString(StandardCharsets.UTF_8);
    }

    synchronized boolean isClosed() {
        return closed;
    }

    /** What the server did against the protocol. */
    synchronized List<String> violations() {
        return List.copyOf(violations);
    }

    int awaitStatus(int id) {
        await("the status of stream " + id, () -> stream(id).status != 0);
        synchronized (this) {
            return stream(id).status;
        }
    }

    String awaitBody(int id, String wanted) {
        await("'" + wanted + "' on stream " + id, () -> body(id).contains(wanted));
        return body(id);
    }

    /** The body of a stream that the server has ended. */
    String awaitEnd(int id) {
        await("the end of stream " + id, () -> stream(id).ended);
        return body(id);
    }

    /** The error that the server has reset a stream with. */
    int awaitReset(int id) {
        await("a reset of stream " + id, () -> stream(id).reset >= 0);
        synchronized (this) {
            return stream(id).reset;
        }
    }

    /** Waits until the server has processed all that was sent before. */
    void awaitPong() {
        int before;
        synchronized (this) {
            before = pings;
        }
        ping();
        await("a pong", () -> pings > before);
    }

    /** The error that the server has ended the connection with. */
    int awaitGoAway() {
        await("GOAWAY", () -> goAway >= 0);
        synchronized (this) {
            return goAway;
        }
    }

    void awaitClosed() {
        long deadline = deadline();
        synchronized (this) {
            while (!closed) {
                waitUntil(deadline, "the end of the connection");
            }
        }
    }

    private static long deadline() {
        return System.nanoTime()
                + Duration.ofSeconds(LifeServer.PATIENCE_SECONDS).toNanos();
    }

    private synchronized void await(String what, BooleanSupplier condition) {
        long deadline = deadline();
        while (!condition.getAsBoolean()) {
            if (closed) {
                throw new AssertionError("The connection has ended (GOAWAY " + goAway + ") before " + what);
            }
            waitUntil(deadline, what);
        }
    }

    @SuppressWarnings("WaitNotInLoop") // the callers' loops
    private void waitUntil(long deadline, String what) {
        long left = (deadline - System.nanoTime()) / 1_000_000;
        if (left <= 0) {
            throw new AssertionError("Waited in vain for " + what);
        }
        try {
            wait(left);
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    private void read() {
        try {
            while (true) {
                synchronized (this) {
                    while (paused) {
                        wait();
                    }
                }
                readFrame();
            }
        } catch (IOException | InterruptedException e) {
            synchronized (this) {
                closed = true;
                notifyAll();
            }
        }
    }

    private void readFrame() throws IOException {
        int length = in.readUnsignedByte() << 16 | in.readUnsignedShort();
        int type = in.readUnsignedByte();
        int flags = in.readUnsignedByte();
        int id = in.readInt() & 0x7fffffff;
        byte[] payload = in.readNBytes(length);
        if (payload.length < length) {
            throw new IOException("Cut in a frame");
        }
        boolean answer = false;
        int status = type == HEADERS ? statuses.read(payload) : 0;
        synchronized (this) {
            Stream stream = streams.get(id);
            if (stream != null && (stream.ended || stream.reset >= 0) && type != WINDOW_UPDATE) {
                violations.add("Frame of type " + type + " on stream " + id + " after its end");
            }
            switch (type) {
                case DATA -> {
                    consumer.accept(id, payload);
                    stream(id).ended |= (flags & END_STREAM) != 0;
                }
                case HEADERS -> {
                    if (stream(id).status == 0) {
                        stream(id).status = status;
                    }
                    stream(id).ended |= (flags & END_STREAM) != 0;
                }
                case RST_STREAM -> {
                    if (stream(id).cancelled) {
                        violations.add("A reset of stream " + id + " in answer to a reset");
                    }
                    stream(id).reset = payload[3] & 0xff;
                }
                case GOAWAY -> goAway = payload[7] & 0xff;
                case PING -> {
                    if ((flags & ACK) != 0) {
                        pings++;
                    }
                }
                case SETTINGS -> answer = (flags & ACK) == 0;
                case WINDOW_UPDATE, CONTINUATION -> {
                    // Of no meaning here.
                }
                default -> violations.add("A frame of type " + type);
            }
            notifyAll();
        }
        if (answer) {
            send(SETTINGS, ACK, 0, new byte[0]);
        }
        if (type == DATA && returnsWindow) {
            returnWindow(length);
        }
    }

    /** Now and then, as clients do. */
    private void returnWindow(int length) {
        received += length;
        if (received > 1 << 20) {
            openWindow(0, received);
            received = 0;
        }
    }

    private static byte[] int32(int value) {
        return new byte[] {(byte) (value >>> 24), (byte) (value >>> 16), (byte) (value >>> 8), (byte) value};
    }

    private static byte[] bytes(int type, int flags, int id, byte[] payload) {
        var frame = new ByteArrayOutputStream(9 + payload.length);
        frame.write(payload.length >>> 16);
        frame.write(payload.length >>> 8);
        frame.write(payload.length);
        frame.write(type);
        frame.write(flags);
        frame.writeBytes(int32(id));
        frame.writeBytes(payload);
        return frame.toByteArray();
    }

    private void frame(int type, int flags, int id, byte[] payload) throws IOException {
        synchronized (out) {
            out.write(bytes(type, flags, id, payload));
            out.flush();
        }
    }

    private void send(int type, int flags, int id, byte[] payload) {
        write(bytes(type, flags, id, payload));
    }

    /** A connection that has ended is noticed by its reader. */
    private void write(byte[] bytes) {
        try {
            synchronized (out) {
                out.write(bytes);
                out.flush();
            }
        } catch (IOException e) {
            // The reader tells.
        }
    }

    /** Ends the connection with a FIN. */
    @Override
    public void close() {
        try {
            socket.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Ends the connection with a RST. */
    void abort() {
        try {
            socket.setSoLinger(true, 0);
            socket.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
