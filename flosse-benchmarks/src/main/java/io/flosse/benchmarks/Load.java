package io.flosse.benchmarks;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BooleanSupplier;
import java.util.function.LongConsumer;

/** A load of many streams, which one thread reads through a selector. Every wait has a deadline. */
final class Load implements AutoCloseable {

    private static final long TIMEOUT = 60_000_000_000L; // ns
    private static final int STEP = 100; // streams opened at once

    /** An event without a time is reported with 0; the monotonic clock is always above this. */
    private static final long MIN_TIME = 1_000_000; // ns

    private final int port;
    private final Selector selector = Selector.open();
    private final ByteBuffer buffer = ByteBuffer.allocate(256 * 1024);
    private final List<Connection> connections = new ArrayList<>();
    private LongConsumer latencies = latency -> {};

    /** Whether clients leave after their first event. A stream that its client has left counts as ended. */
    boolean leaveAfterFirstEvent;

    long events;
    int endedStreams;

    Load(int port) throws IOException {
        this.port = port;
    }

    /** Records the latency, in nanoseconds, of each event with a time that is read from now on. */
    void recordLatencies(LongConsumer recorder) {
        latencies = recorder;
    }

    void open(int count, String target, boolean close) throws IOException {
        for (int i = 0; i < count; i++) {
            connections.add(Connection.open(selector, port, target, close));
        }
    }

    /** Opens streams in steps. Each step begins when every stream of the previous one has received an event. */
    void openInSteps(int count, String target) throws IOException {
        long before = events;
        for (int opened = 0; opened < count; ) {
            int step = Math.min(STEP, count - opened);
            open(step, target, false);
            opened += step;
            awaitFirstEvents(opened);
        }
        if (events <= before) {
            throw new IOException("The streams of " + target + " received no events");
        }
    }

    /** Opens streams at an even rate, so that streams which send at equal intervals do not send in bursts. */
    void openAtRate(int count, String target, int perSecond) throws IOException {
        long start = System.nanoTime();
        for (int opened = 0; opened < count; ) {
            int due = (int) Math.min(count, (System.nanoTime() - start) * perSecond / 1_000_000_000);
            open(due - opened, target, false);
            opened = due;
            read(1);
        }
        readUntil(() -> connections.stream().allMatch(connection -> connection.events > 0));
    }

    private void awaitFirstEvents(int opened) throws IOException {
        readUntil(() -> connections.subList(Math.max(0, opened - STEP), opened).stream()
                .allMatch(connection -> connection.events > 0));
    }

    /**
     * Reads until the condition is true.
     *
     * @throws IOException if it is not true after 60 s
     */
    void readUntil(BooleanSupplier condition) throws IOException {
        long deadline = System.nanoTime() + TIMEOUT;
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() > deadline) {
                throw new IOException("The load did not finish within " + TIMEOUT / 1_000_000_000 + " s: " + events
                        + " events received, " + endedStreams + " streams ended");
            }
            read(100);
        }
    }

    /** Reads for a fixed time. */
    void readFor(long millis) throws IOException {
        long end = System.nanoTime() + millis * 1_000_000;
        for (long left = millis; left > 0; left = (end - System.nanoTime()) / 1_000_000) {
            read(left);
        }
    }

    private void read(long maxMillis) throws IOException {
        selector.select(this::handle, maxMillis);
    }

    private void handle(SelectionKey key) {
        Connection connection = (Connection) key.attachment();
        try {
            boolean open = connection.handle(key, buffer, this::onEvent);
            if (!open || (leaveAfterFirstEvent && connection.events > 0)) {
                endedStreams++;
                connection.close();
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void onEvent(long sentNanos) {
        events++;
        if (sentNanos > MIN_TIME) {
            latencies.accept(System.nanoTime() - sentNanos);
        }
    }

    @Override
    public void close() throws IOException {
        for (Connection connection : connections) {
            connection.close();
        }
        selector.close();
    }
}
