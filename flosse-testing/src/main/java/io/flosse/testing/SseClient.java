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
 * A client that reads real events from a real port, for tests. It speaks HTTP/1.1 by itself, so a test sees the status, the
 * headers, every byte, and whether the stream ended or was cut; and it can leave in every way.
 *
 * <pre>{@code
 * try (SseClient client = SseClient.connect(URI.create("http://127.0.0.1:" + server.port() + "/sse/progress"))) {
 *     assertEquals(SseEvent.of("hello"), client.next());
 * }
 * }</pre>
 *
 * <p>Each wait ends after 10 s with an {@link AssertionError} that shows what came until then.
 *
 * <p>A stream that does not end takes no more than a bounded amount of memory: while 64 MiB of events wait to be taken by
 * {@link #next}, nothing more is read from the connection; of the body and the comments the first 64 MiB are kept; and a line
 * or an event that is longer than that ends the reading.
 */
public final class SseClient implements AutoCloseable {

    private static final Duration PATIENCE = Duration.ofSeconds(10);

    private static final int MOST_BYTES = 64 * 1024 * 1024;

    /** What an event takes beside its text. */
    private static final int EVENT_BYTES = 128;

    /** How much of the body an error shows. */
    private static final int SHOWN = 4096;

    private final Socket socket;
    private final HttpExchange exchange;
    private final LinkedBlockingQueue<Received> queue = new LinkedBlockingQueue<>();
    private final CompletableFuture<Boolean> end = new CompletableFuture<>();

    // Guarded by this.
    private final ByteArrayOutputStream raw = new ByteArrayOutputStream();
    private final List<String> comments = new ArrayList<>();
    private final EventStreamParser parser = new EventStreamParser(this::received, this::comment);

    /** Bytes of the events that wait to be taken. */
    private long waiting;

    /** What is wrong with the stream or with its test, if nothing more is read; else empty. */
    private String problem = "";

    private boolean closed;

    private volatile long receivedAt;

    private record Received(@Nullable SseEvent event, long nanos) {

        int bytes() {
            return event == null
                    ? 0
                    : EVENT_BYTES + String.valueOf(event.data()).length();
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
     * @param uri where to, {@code http}
     * @param headers more headers, each as {@code Name: value}
     * @return the client, after the head of the answer has come
     * @throws UncheckedIOException if there is no answer
     */
    public static SseClient connect(URI uri, String... headers) {
        return open(SocketFactory.getDefault(), "GET", uri, headers, "");
    }

    /**
     * Opens a stream by GET over TLS.
     *
     * @param tls whom to trust
     * @param uri where to, {@code https}
     * @param headers more headers, each as {@code Name: value}
     * @return the client, after the head of the answer has come
     * @throws UncheckedIOException if there is no answer
     */
    public static SseClient connect(SSLContext tls, URI uri, String... headers) {
        return open(tls.getSocketFactory(), "GET", uri, headers, "");
    }

    /**
     * Opens a stream by POST.
     *
     * @param uri where to, {@code http}
     * @param body the request's body, sent as UTF-8
     * @param headers more headers, each as {@code Name: value}, such as the content type
     * @return the client, after the head of the answer has come
     * @throws UncheckedIOException if there is no answer
     */
    public static SseClient post(URI uri, String body, String... headers) {
        return open(SocketFactory.getDefault(), "POST", uri, headers, body);
    }

    @SuppressWarnings("AddressSelection") // a test's host has one address
    private static SseClient open(SocketFactory sockets, String method, URI uri, String[] headers, String body) {
        List<String> all = new ArrayList<>(List.of(headers));
        if (all.stream().noneMatch(header -> header.regionMatches(true, 0, "Accept:", 0, 7))) {
            all.add("Accept: text/event-stream");
        }
        try {
            Socket socket = sockets.createSocket(uri.getHost(), uri.getPort());
            socket.setTcpNoDelay(true);
            socket.setSoTimeout((int) PATIENCE.toMillis());
            HttpExchange exchange = HttpExchange.send(socket, method, uri, all, body.getBytes(StandardCharsets.UTF_8));
            socket.setSoTimeout(0);
            return new SseClient(socket, exchange);
        } catch (IOException e) {
            throw new UncheckedIOException("No answer from " + uri, e);
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
            // Told by endedCleanly().
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            end.complete(clean);
            queue.add(new Received(null, System.nanoTime()));
        }
    }

    private synchronized void record(byte[] bytes, int length) throws IOException, InterruptedException {
        raw.write(bytes, 0, Math.min(length, MOST_BYTES - raw.size()));
        parser.feed(bytes, 0, length);
        if (parser.pending() > MOST_BYTES) {
            problem = "A line or an event has more than " + MOST_BYTES + " bytes, so nothing more is read. ";
            throw new ProtocolException(problem);
        }
        while (waiting > MOST_BYTES && !closed) {
            problem = "Nothing more is read while more than " + MOST_BYTES
                    + " bytes of events wait: take them by next(), or end the stream. ";
            wait();
            problem = "";
        }
    }

    private synchronized void received(SseEvent event) {
        Received received = new Received(event, System.nanoTime());
        waiting += received.bytes();
        queue.add(received);
    }

    private synchronized void comment(String line) {
        if (raw.size() < MOST_BYTES) {
            comments.add(line);
        }
    }

    private synchronized void cleanup(Received received) {
        waiting -= received.bytes();
        notifyAll();
    }

    /** Ends the reading, also where it waits for events to be taken. */
    private synchronized void stopReading() {
        closed = true;
        notifyAll();
    }

    /**
     * The status of the answer.
     *
     * @return such as 200
     */
    public int status() {
        return exchange.status();
    }

    /**
     * A header of the answer.
     *
     * @param name its name, in any case
     * @return its first value, empty if there is none
     */
    public Optional<String> header(String name) {
        return exchange.header(name);
    }

    /**
     * Waits for the next event.
     *
     * @return the event: its data is text, its id the last event id at that moment
     * @throws AssertionError if the stream ends or stays silent instead
     */
    public SseEvent next() {
        Received received = take();
        if (received.event() == null) {
            throw new AssertionError("The stream ended instead of an event. " + soFar());
        }
        receivedAt = received.nanos();
        return received.event();
    }

    /**
     * When the last event that {@link #next()} gave had arrived.
     *
     * @return in {@link System#nanoTime()}
     */
    public long receivedAt() {
        return receivedAt;
    }

    /**
     * Waits for the end of the stream.
     *
     * @return the events up to there that no call has had yet
     * @throws AssertionError if the stream goes on without an event for too long, or sends more than 64 MiB of events
     */
    public List<SseEvent> untilEnd() {
        List<SseEvent> events = new ArrayList<>();
        long bytes = 0;
        for (Received received = take(); ; received = take()) {
            if (received.event() == null) {
                return events;
            }
            bytes += received.bytes();
            if (bytes > MOST_BYTES) {
                throw new AssertionError("The stream has not ended after " + MOST_BYTES
                        + " bytes of events; if it has no end, or so many, take them by next(). " + soFar());
            }
            events.add(received.event());
        }
    }

    private Received take() {
        try {
            Received received = queue.poll(PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
            if (received == null) {
                throw new AssertionError("No event for " + PATIENCE + ". " + soFar());
            }
            if (received.event() == null) {
                queue.add(received); // the end stays the end
            }
            cleanup(received);
            return received;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError("Interrupted while waiting for an event. " + soFar(), e);
        }
    }

    /**
     * Waits for the end, and says of which kind it is. Of a stream with more than 64 MiB of events it is there only after these
     * have been taken.
     *
     * @return true if the body ended as HTTP ends one, false if the connection was cut
     * @throws AssertionError if the stream does not end
     */
    public boolean endedCleanly() {
        try {
            return end.get(PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
        } catch (Exception e) {
            throw new AssertionError("The stream did not end. " + soFar(), e);
        }
    }

    /**
     * Waits for the end, and gives the whole body: of a refusal its text.
     *
     * @return the body
     */
    public String body() {
        boolean unused = endedCleanly();
        return raw();
    }

    /**
     * What has come of the body so far, without chunk framing.
     *
     * @return the text, no more than the first 64 MiB
     */
    public synchronized String raw() {
        return raw.toString(StandardCharsets.UTF_8);
    }

    private synchronized String lastOfRaw() {
        byte[] all = raw.toByteArray();
        int from = Math.max(0, all.length - SHOWN);
        return (from > 0 ? "(" + from + " bytes) ..." : "")
                + new String(all, from, all.length - from, StandardCharsets.UTF_8);
    }

    /**
     * The comments so far.
     *
     * @return their lines
     */
    public synchronized List<String> comments() {
        return List.copyOf(comments);
    }

    /**
     * The reconnection time that the stream has set so far.
     *
     * @return the last {@code retry}, empty if there was none
     */
    public synchronized Optional<Duration> retry() {
        return parser.retry();
    }

    /**
     * What this client would send as {@code Last-Event-ID} now.
     *
     * @return the last event id, empty text if there was none
     */
    public synchronized String lastEventId() {
        return parser.lastEventId();
    }

    private synchronized String soFar() {
        return problem + "Status " + status() + ", until now: " + lastOfRaw();
    }

    /** Leaves as a client does that breaks down: the connection is reset (RST). */
    public void reset() {
        stopReading();
        try {
            socket.setSoLinger(true, 0);
            socket.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Says that nothing more will be sent (FIN), and goes on reading. */
    public void halfClose() {
        try {
            socket.shutdownOutput();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Leaves: closes the connection (FIN). */
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
