package io.flosse.testing;

import io.flosse.SseEvent;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.ProtocolException;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import javax.net.SocketFactory;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;

/**
 * An SSE client for tests that connects to a real port. It implements HTTP/1.1 itself, so a test sees the status, the
 * headers, every byte, and whether the stream ended or was cut. It can disconnect in every way: {@link #close},
 * {@link #halfClose} and {@link #reset}.
 *
 * <pre>{@code
 * try (SseClient client = SseClient.connect(URI.create("http://127.0.0.1:" + server.port() + "/sse/progress"))) {
 *     assertEquals(SseEvent.of("hello"), client.next());
 * }
 * }</pre>
 *
 * <p>Each wait ends after 10 s with an {@link AssertionError} that shows what was received until then.
 *
 * <p>The memory for a stream that does not end is bounded. While 64 MiB of events are queued for {@link #next}, nothing
 * more is read from the connection. Only the first 64 MiB of the body and of the comments are kept. A longer line or
 * event ends the reading.
 */
public final class SseClient implements AutoCloseable {

    private static final Duration TIMEOUT = Duration.ofSeconds(10);

    private static final int MAX_BYTES = 64 * 1024 * 1024;

    /** The estimated memory of a queued event in addition to its text. */
    private static final int EVENT_OVERHEAD = 128;

    /** The number of bytes at the end of the body that an error shows. */
    private static final int MAX_SHOWN_BYTES = 4096;

    private final Socket socket;
    private final HttpExchange exchange;
    private final LinkedBlockingQueue<Received> queue = new LinkedBlockingQueue<>();
    private final CompletableFuture<Boolean> end = new CompletableFuture<>();

    // Guarded by this.
    private final ByteArrayOutputStream raw = new ByteArrayOutputStream();
    private final List<String> comments = new ArrayList<>();
    private final EventStreamParser parser = new EventStreamParser(this::enqueue, this::addComment);

    /** The size of the queued events. */
    private long queuedBytes;

    /** Why nothing more is read, for error messages; else empty. */
    private String problem = "";

    private boolean closed;

    private volatile long receivedAt;

    private record Received(@Nullable SseEvent event, long nanos) {

        int bytes() {
            return event == null
                    ? 0
                    : EVENT_OVERHEAD + String.valueOf(event.data()).length();
        }
    }

    private SseClient(Socket socket, HttpExchange exchange) {
        this.socket = socket;
        this.exchange = exchange;
        Thread.ofVirtual().name("sse-client").start(this::read);
    }

    /**
     * Opens a stream by GET, with {@code Accept: text/event-stream} unless a header says otherwise.
     *
     * @param uri the address, {@code http}
     * @param headers more headers, each as {@code Name: value}
     * @return the client, after the headers of the response were received
     * @throws UncheckedIOException if there is no response within 10 s
     */
    public static SseClient connect(URI uri, String... headers) {
        return open(SocketFactory.getDefault(), "GET", uri, headers, "");
    }

    /**
     * Opens a stream by GET over TLS.
     *
     * @param tls the context with the certificates to trust
     * @param uri the address, {@code https}
     * @param headers more headers, each as {@code Name: value}
     * @return the client, after the headers of the response were received
     * @throws UncheckedIOException if there is no response within 10 s
     */
    public static SseClient connect(SSLContext tls, URI uri, String... headers) {
        return open(tls.getSocketFactory(), "GET", uri, headers, "");
    }

    /**
     * Opens a stream by POST.
     *
     * @param uri the address, {@code http}
     * @param body the request's body, sent as UTF-8
     * @param headers more headers, each as {@code Name: value}, such as the content type
     * @return the client, after the headers of the response were received
     * @throws UncheckedIOException if there is no response within 10 s
     */
    public static SseClient post(URI uri, String body, String... headers) {
        return open(SocketFactory.getDefault(), "POST", uri, headers, body);
    }

    @SuppressWarnings("AddressSelection") // the host of a test has one address
    private static SseClient open(SocketFactory sockets, String method, URI uri, String[] headers, String body) {
        List<String> all = new ArrayList<>(List.of(headers));
        if (all.stream().noneMatch(header -> header.regionMatches(true, 0, "Accept:", 0, 7))) {
            all.add("Accept: text/event-stream");
        }
        try {
            Socket socket = sockets.createSocket(uri.getHost(), uri.getPort());
            socket.setTcpNoDelay(true);
            socket.setSoTimeout((int) TIMEOUT.toMillis());
            HttpExchange exchange = HttpExchange.send(socket, method, uri, all, body.getBytes(StandardCharsets.UTF_8));
            socket.setSoTimeout(0);
            return new SseClient(socket, exchange);
        } catch (IOException e) {
            throw new UncheckedIOException("No response from " + uri, e);
        }
    }

    private void read() {
        byte[] bytes = new byte[8192];
        boolean clean = false;
        try {
            for (int read = exchange.read(bytes); read >= 0; read = exchange.read(bytes)) {
                record(bytes, read);
            }
            clean = true;
        } catch (IOException cut) {
            // Reported by endedCleanly().
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            end.complete(clean);
            queue.add(new Received(null, System.nanoTime()));
        }
    }

    private synchronized void record(byte[] bytes, int length) throws IOException, InterruptedException {
        raw.write(bytes, 0, Math.min(length, MAX_BYTES - raw.size()));
        parser.feed(bytes, 0, length);
        if (parser.pendingSize() > MAX_BYTES) {
            problem = "A line or an event has more than " + MAX_BYTES + " bytes; nothing more is read. ";
            throw new ProtocolException(problem);
        }
        while (queuedBytes > MAX_BYTES && !closed) {
            problem = "More than " + MAX_BYTES
                    + " bytes of events are queued, so nothing more is read: take them by next(), or end the stream. ";
            wait();
            problem = "";
        }
    }

    private synchronized void enqueue(SseEvent event) {
        Received received = new Received(event, System.nanoTime());
        queuedBytes += received.bytes();
        queue.add(received);
    }

    private synchronized void addComment(String line) {
        if (raw.size() < MAX_BYTES) {
            comments.add(line);
        }
    }

    private synchronized void dequeued(Received received) {
        queuedBytes -= received.bytes();
        notifyAll();
    }

    /** Ends the reading thread, also if it waits because the queue is full. */
    private synchronized void stopReading() {
        closed = true;
        notifyAll();
    }

    /**
     * Returns the status of the response.
     *
     * @return the status, such as 200
     */
    public int status() {
        return exchange.status();
    }

    /**
     * Returns a header of the response.
     *
     * @param name the name, case-insensitive
     * @return the first value, empty if there is none
     */
    public Optional<String> header(String name) {
        return exchange.header(name);
    }

    /**
     * Waits for the next event.
     *
     * @return the event; its data is text, its id is the last event id at that moment
     * @throws AssertionError if the stream ends, or is silent for 10 s
     */
    public SseEvent next() {
        Received received = take();
        if (received.event() == null) {
            throw new AssertionError("The stream ended, but an event was expected. " + context());
        }
        receivedAt = received.nanos();
        return received.event();
    }

    /**
     * Returns when the last event that {@link #next()} returned was received.
     *
     * @return the time in {@link System#nanoTime()}
     */
    public long receivedAt() {
        return receivedAt;
    }

    /**
     * Waits for the end of the stream.
     *
     * @return the events before the end that {@link #next()} has not returned
     * @throws AssertionError if no event arrives for 10 s, or more than 64 MiB of events arrive
     */
    public List<SseEvent> untilEnd() {
        List<SseEvent> events = new ArrayList<>();
        long bytes = 0;
        for (Received received = take(); ; received = take()) {
            if (received.event() == null) {
                return events;
            }
            bytes += received.bytes();
            if (bytes > MAX_BYTES) {
                throw new AssertionError("The stream has not ended after " + MAX_BYTES
                        + " bytes of events: if it has no end or that many events, take them by next(). " + context());
            }
            events.add(received.event());
        }
    }

    private Received take() {
        try {
            Received received = queue.poll(TIMEOUT.toMillis(), TimeUnit.MILLISECONDS);
            if (received == null) {
                throw new AssertionError("No event for " + TIMEOUT + ". " + context());
            }
            if (received.event() == null) {
                queue.add(received); // later calls must see the end too
            }
            dequeued(received);
            return received;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError("Interrupted while waiting for an event. " + context(), e);
        }
    }

    /**
     * Waits for the end of the stream and returns its kind. If the stream has more than 64 MiB of events, the end is
     * reached only after the events were taken by {@link #next}.
     *
     * @return true if the body ended as HTTP requires, false if the connection was cut
     * @throws AssertionError if the stream does not end within 10 s
     */
    public boolean endedCleanly() {
        try {
            return end.get(TIMEOUT.toMillis(), TimeUnit.MILLISECONDS);
        } catch (Exception e) {
            throw new AssertionError("The stream did not end within " + TIMEOUT + ". " + context(), e);
        }
    }

    /**
     * Waits for the end of the stream and returns the whole body, such as the text of a refusal.
     *
     * @return the body, at most its first 64 MiB
     */
    public String body() {
        boolean unused = endedCleanly();
        return raw();
    }

    /**
     * Returns the body received so far, without chunk framing.
     *
     * @return the text, at most the first 64 MiB
     */
    public synchronized String raw() {
        return raw.toString(StandardCharsets.UTF_8);
    }

    private synchronized String tail() {
        byte[] all = raw.toByteArray();
        int from = Math.max(0, all.length - MAX_SHOWN_BYTES);
        return (from > 0 ? "(" + from + " bytes) ..." : "")
                + new String(all, from, all.length - from, StandardCharsets.UTF_8);
    }

    /**
     * Returns the comments received so far.
     *
     * @return the comments, line by line
     */
    public synchronized List<String> comments() {
        return List.copyOf(comments);
    }

    /**
     * Returns the reconnection time that the stream has set so far.
     *
     * @return the last {@code retry}, empty if there was none
     */
    public synchronized Optional<Duration> retry() {
        return parser.retry();
    }

    /**
     * Returns what this client would send as {@code Last-Event-ID} now.
     *
     * @return the last event id, an empty string if there was none
     */
    public synchronized String lastEventId() {
        return parser.lastEventId();
    }

    private synchronized String context() {
        return problem + "Status " + status() + ", received so far: " + tail();
    }

    /** Resets the connection (RST), as a crashing client does. */
    public void reset() {
        stopReading();
        try {
            socket.setSoLinger(true, 0);
            socket.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Shuts down the sending side (FIN), and continues to read. */
    public void halfClose() {
        try {
            socket.shutdownOutput();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Closes the connection (FIN). */
    @Override
    public void close() {
        stopReading();
        try {
            socket.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
