package io.flosse.benchmarks;

import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * The client process, which runs one scenario against one server. Prints its figures as one JSON object; its units are
 * seconds, bytes and events.
 */
final class Client {

    /** How long to warm the server up, and how much to measure. */
    enum Mode {
        /** Almost no warm-up, and a short measurement. */
        SHORT,
        /** A warm-up until the code of the server is compiled. */
        LONG,
        /** A minimal warm-up, since an earlier client has run against the server in mode LONG. */
        WARM
    }

    /** The number of files that a server may open during a measurement for itself, such as jars. */
    private static final int OWN_FILES = 8;

    private final Scenario scenario;
    private final Mode mode;
    private final int port;
    private final MonitoredProcess server;
    private final Map<String, Double> figures = new LinkedHashMap<>();

    // Counters at the start of the measurement; see begin().
    private double startCpu;
    private double startSteal;
    private long startWrites;
    private long startNanos;

    private Client(String scenario, Mode mode, int port, long pid) {
        this.scenario = Scenario.named(scenario, mode == Mode.SHORT);
        this.mode = mode;
        this.port = port;
        this.server = new MonitoredProcess(pid);
    }

    /** Runs with the arguments scenario, port of the server, process id of the server, mode. */
    static void run(String... args) throws Exception {
        Client client = new Client(args[0], Mode.valueOf(args[3]), Integer.parseInt(args[1]), Long.parseLong(args[2]));
        client.runScenario();
        System.out.println(client.figures.entrySet().stream()
                .map(figure -> String.format(Locale.ROOT, "\"%s\":%.9g", figure.getKey(), figure.getValue()))
                .collect(Collectors.joining(",", "{", "}")));
    }

    private void runScenario() throws Exception {
        switch (scenario.path()) {
            case "/burst", "/json" -> burst();
            case "/ticker" -> ticker();
            case "/idle" -> {
                if (scenario.isTls()) {
                    idleOnTls();
                } else if (scenario.isLeaving()) {
                    leave();
                } else {
                    idle();
                }
            }
            case "/broadcast" -> broadcast();
            case "/one" -> churn();
            default -> throw new IllegalArgumentException("The client has no load for the path " + scenario.path());
        }
    }

    private void begin() throws IOException {
        startCpu = server.cpuSeconds();
        startSteal = MonitoredProcess.stealSeconds();
        startWrites = server.writeCalls();
        startNanos = System.nanoTime();
    }

    private void end(long events) throws IOException {
        double seconds = (System.nanoTime() - startNanos) / 1e9;
        if (events == 0) {
            throw new IOException("The client received no events in scenario " + scenario.name());
        }
        figures.put("events", (double) events);
        figures.put("eventsPerSecond", events / seconds);
        figures.put("cpuPerEvent", (server.cpuSeconds() - startCpu) / events);
        figures.put("stolen", (MonitoredProcess.stealSeconds() - startSteal) / seconds);
        figures.put("writesPerEvent", (double) (server.writeCalls() - startWrites) / events);
    }

    private void burst() throws IOException {
        if (mode != Mode.WARM) {
            runBursts();
        }
        begin();
        end(runBursts());
    }

    /** Runs bursts one after the other for some seconds, since Linux counts CPU time in hundredths of a second. */
    private long runBursts() throws IOException {
        long end = System.nanoTime() + scenario.seconds() * 1_000_000_000L;
        long events = 0;
        do {
            events += runBurst(scenario.n() / scenario.streams());
        } while (System.nanoTime() < end);
        return events;
    }

    private long runBurst(int eventsPerStream) throws IOException {
        try (Load load = new Load(port)) {
            long expected = (long) eventsPerStream * scenario.streams();
            load.open(scenario.streams(), scenario.path() + "?n=" + eventsPerStream, false);
            load.readUntil(() -> load.events >= expected);
            return load.events;
        }
    }

    private void ticker() throws IOException {
        if (mode != Mode.WARM) {
            // At the scenario's own rate, compiling the code of an event would take minutes. These sleeps are shorter,
            // but long enough for flosse to use its coalescing timer.
            try (Load warmUp = new Load(port)) {
                warmUp.openInSteps(mode == Mode.SHORT ? 100 : 2_000, "/ticker?n=200");
                warmUp.readFor(mode == Mode.SHORT ? 500 : 8_000);
            }
        }
        try (Load load = new Load(port)) {
            load.openAtRate(scenario.streams(), "/ticker?n=" + scenario.n(), 1_000);
            load.readFor(mode == Mode.SHORT ? 500 : 2_000);
            Latencies latencies = new Latencies();
            // Only loads the classes that begin() needs, so that their loading delays no measured event.
            begin();
            load.readFor(20);
            load.recordLatencies(latencies);
            long before = load.events;
            begin();
            load.readFor(scenario.seconds() * 1000L);
            end(load.events - before);
            addPercentiles(latencies);
        }
    }

    private void addPercentiles(Latencies latencies) {
        figures.put("p50", latencies.percentile(50));
        figures.put("p99", latencies.percentile(99));
    }

    private void idle() throws Exception {
        // The server is warmed up, because compiled stack frames of a blocked thread are smaller than interpreted ones.
        // Idle streams alone are not enough, since some servers never notice that their clients disconnect.
        boolean small = mode == Mode.SHORT;
        runChurn(small ? 500 : 30_000, 32, "/one");
        for (int i = 0; i < (small ? 1 : 20); i++) {
            try (Load warmUp = new Load(port)) {
                warmUp.openInSteps(200, "/idle");
            }
        }
        Thread.sleep(1_000);
        Memory before = memory();
        try (Load load = new Load(port)) {
            load.openInSteps(scenario.streams(), "/idle");
            load.readFor(2_000);
            addMemory(before);
        }
    }

    private void idleOnTls() throws Exception {
        for (int i = 0; i < (mode == Mode.SHORT ? 1 : 10); i++) {
            try (TlsStreams warmUp = new TlsStreams(port)) {
                warmUp.open(200, "/idle");
            }
        }
        Thread.sleep(1_000);
        Memory before = memory();
        try (TlsStreams streams = new TlsStreams(port)) {
            streams.open(scenario.streams(), "/idle");
            Thread.sleep(2_000);
            addMemory(before);
        }
    }

    /** The memory of the server; {@code heap} is 0 if it is no JVM. */
    private record Memory(long heap, long rss) {}

    private Memory memory() throws IOException, InterruptedException {
        long heap = server.isJvm() ? MonitoredProcess.liveBytes(server.heapHistogram()) : 0;
        return new Memory(heap, server.residentBytes());
    }

    /** Adds the memory per stream to the figures, and prints the largest classes of the heap to the error output. */
    private void addMemory(Memory before) throws IOException, InterruptedException {
        figures.put("rssPerStream", (double) (server.residentBytes() - before.rss) / scenario.streams());
        if (server.isJvm()) {
            String histogram = server.heapHistogram();
            long heap = MonitoredProcess.liveBytes(histogram) - before.heap;
            figures.put("heapPerStream", (double) heap / scenario.streams());
            histogram.lines().limit(75).forEach(System.err::println);
        }
    }

    private void broadcast() throws IOException {
        try (Load load = new Load(port)) {
            load.openInSteps(scenario.streams(), "/broadcast");
            publish(load, mode == Mode.LONG ? 1_000 : 50, 100, 5); // warm-up
            Latencies latencies = new Latencies();
            load.recordLatencies(latencies);
            int count = scenario.n() * scenario.seconds();
            begin();
            long delivered = publish(load, count, scenario.n(), 30);
            end(delivered);
            addPercentiles(latencies);
            figures.put("delivered", (double) delivered / ((long) count * scenario.streams()));
        }
    }

    /**
     * Has the server publish events, and reads until all are delivered. Stops earlier if nothing arrives for a second,
     * or if the time is over.
     *
     * @param count the number of events
     * @param perSecond the rate at which the server publishes them
     * @param maxExtraSeconds how long to read beyond the time that publishing takes
     * @return the number of deliveries
     */
    private long publish(Load load, int count, int perSecond, int maxExtraSeconds) throws IOException {
        long before = load.events;
        long expected = (long) count * scenario.streams();
        try (InputStream answer = URI.create(
                        "http://127.0.0.1:" + port + "/publish?n=" + count + "&every=" + 1_000_000 / perSecond)
                .toURL()
                .openStream()) {
            answer.readAllBytes();
        }
        long end = System.nanoTime() + (count / perSecond + maxExtraSeconds) * 1_000_000_000L;
        long idleReads = 0;
        while (load.events - before < expected && System.nanoTime() < end && idleReads < 20) {
            long seen = load.events;
            load.readFor(50);
            idleReads = load.events == seen ? idleReads + 1 : 0;
        }
        return load.events - before;
    }

    private void churn() throws IOException {
        if (mode != Mode.WARM) {
            runChurn(scenario.n(), scenario.streams(), "/one");
        }
        begin();
        runChurn(scenario.n(), scenario.streams(), "/one");
        end(scenario.n());
    }

    /**
     * Opens {@code count} streams, at most {@code concurrent} of them at once, and waits until all have ended. The
     * streams of /one end by themselves; those of /idle end because their clients leave after the first event.
     */
    private void runChurn(int count, int concurrent, String path) throws IOException {
        try (Load load = new Load(port)) {
            load.leaveAfterFirstEvent = path.equals("/idle");
            for (int opened = 0; opened < count; ) {
                int target = Math.min(count, load.endedStreams + concurrent);
                load.open(target - opened, path, !load.leaveAfterFirstEvent);
                opened = target;
                int before = load.endedStreams;
                load.readUntil(() -> load.endedStreams > before);
            }
            load.readUntil(() -> load.endedStreams >= count);
        }
    }

    /** Measures only servers that notice when a client leaves, since the streams of the others would stay open. */
    private void leave() throws IOException, InterruptedException {
        runChurn(scenario.streams(), scenario.streams(), "/one"); // opens the files that the server itself needs
        Thread.sleep(1_000); // until the server has closed these connections
        long before = server.openFiles();
        double noticed = runLeave(scenario.streams(), before);
        if (noticed == 1) {
            if (mode != Mode.WARM) {
                runLeave(scenario.n(), before);
            }
            begin();
            noticed = runLeave(scenario.n(), before);
            end(scenario.n());
        }
        figures.put("noticed", noticed);
    }

    /**
     * Opens streams whose clients leave after the first event, and waits until the server has closed their connections.
     *
     * @param before the number of files that the server has open without streams
     * @return the share of connections that the server closed within 5 s after the last client had left
     */
    private double runLeave(int count, long before) throws IOException, InterruptedException {
        runChurn(count, scenario.streams(), "/idle");
        long end = System.nanoTime() + 5_000_000_000L;
        long left = server.openFiles() - before;
        while (left > OWN_FILES && System.nanoTime() < end) {
            Thread.sleep(5);
            left = server.openFiles() - before;
        }
        return left > OWN_FILES ? 1 - Math.min(1, (double) left / count) : 1;
    }
}
