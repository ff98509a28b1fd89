package io.flosse.benchmarks;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BooleanSupplier;
import java.util.function.LongConsumer;

/** Many streams, read by one thread. Every wait has a deadline. */
final class Load implements AutoCloseable {

    private static final long PATIENCE = 60_000_000_000L; // ns

    private final int port;
    private final Selector selector = Selector.open();
    private final ByteBuffer buffer = ByteBuffer.allocate(256 * 1024);
    private final List<Connection> connections = new ArrayList<>();
    private LongConsumer listener = latency -> {};

    long events;
    int ended;

    Load(int port) throws IOException {
        this.port = port;
    }

    /** From now on told of the latency of each event that has a time, in nanoseconds. */
    void latencies(LongConsumer latencies) {
        listener = latencies;
    }

    void open(int count, String target, boolean close) throws IOException {
        for (int i = 0; i < count; i++) {
            connections.add(Connection.open(selector, port, target, close));
        }
    }

    /** Opens streams step by step, each step when the one before has its first events. */
    void ramp(int count, String target) throws IOException {
        long before = events;
        for (int opened = 0; opened < count; ) {
            int step = Math.min(100, count - opened);
            open(step, target, false);
            opened += step;
            int expected = opened;
            awaitFirst(expected);
        }
        if (events <= before) {
            throw new IOException("No events");
        }
    }

    /** Opens streams at an even rate, so that what each sends at an interval of its own does not come in heaps. */
    void spread(int count, String target, int perSecond) throws IOException {
        long began = System.nanoTime();
        for (int opened = 0; opened < count; ) {
            int due = (int) Math.min(count, (System.nanoTime() - began) * perSecond / 1_000_000_000);
            open(due - opened, target, false);
            opened = due;
            read(1);
        }
        await(() -> connections.stream().allMatch(connection -> connection.events > 0));
    }

    private void awaitFirst(int expected) throws IOException {
        await(() -> connections.subList(Math.max(0, expected - 100), expected).stream()
                .allMatch(connection -> connection.events > 0));
    }

    /** Reads until something is so. */
    void await(BooleanSupplier done) throws IOException {
        long deadline = System.nanoTime() + PATIENCE;
        while (!done.getAsBoolean()) {
            if (System.nanoTime() > deadline) {
                throw new IOException("Too slow: " + events + " events, " + ended + " streams ended");
            }
            read(100);
        }
    }

    /** Reads for a while. */
    void run(long millis) throws IOException {
        long end = System.nanoTime() + millis * 1_000_000;
        for (long left = millis; left > 0; left = (end - System.nanoTime()) / 1_000_000) {
            read(left);
        }
    }

    private void read(long millis) throws IOException {
        selector.select(this::ready, millis);
    }

    private void ready(SelectionKey key) {
        Connection connection = (Connection) key.attachment();
        try {
            if (!connection.ready(key, buffer, this::event)) {
                ended++;
                connection.close();
            }
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    private void event(long time) {
        events++;
        if (time > 1_000_000) {
            listener.accept(System.nanoTime() - time);
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
