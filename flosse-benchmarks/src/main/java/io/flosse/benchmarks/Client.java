package io.flosse.benchmarks;

import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/** The process that loads one server in one way, and prints what it saw as JSON: numbers of seconds, bytes and events. */
final class Client {

    /** How much is done before that is measured. */
    enum Length {
        /** Next to nothing, and little is measured. */
        SHORT,
        /** Until all that runs is compiled. */
        LONG,
        /** The least, since the server has been through a long one. */
        WARM
    }

    private final Scenario scenario;
    private final Length length;
    private final int port;
    private final Watched server;
    private final Map<String, Double> figures = new LinkedHashMap<>();

    private double cpu;
    private double stolen;
    private long writes;
    private long began;

    private Client(String scenario, Length length, int port, long pid) {
        this.scenario = Scenario.named(scenario, length == Length.SHORT);
        this.length = length;
        this.port = port;
        this.server = new Watched(pid);
    }

    static void run(String... args) throws Exception {
        Client client =
                new Client(args[0], Length.valueOf(args[3]), Integer.parseInt(args[1]), Long.parseLong(args[2]));
        client.load();
        System.out.println(client.figures.entrySet().stream()
                .map(figure -> String.format(Locale.ROOT, "\"%s\":%.9g", figure.getKey(), figure.getValue()))
                .collect(Collectors.joining(",", "{", "}")));
    }

    private void load() throws Exception {
        switch (scenario.address()) {
            case "/burst", "/json" -> burst();
            case "/ticker" -> scheduler();
            case "/idle" -> {
                if (scenario.isSecure()) {
                    idleOnTls();
                } else {
                    idle();
                }
            }
            case "/broadcast" -> broadcast();
            case "/one" -> churn();
            default -> throw new IllegalArgumentException(scenario.address());
        }
    }

    private void begin() throws IOException {
        cpu = server.cpu();
        stolen = Watched.stolen();
        writes = server.writes();
        began = System.nanoTime();
    }

    private void end(long events) throws IOException {
        double seconds = (System.nanoTime() - began) / 1e9;
        if (events == 0) {
            throw new IOException("No events");
        }
        figures.put("events", (double) events);
        figures.put("eventsPerSecond", events / seconds);
        figures.put("cpuPerEvent", (server.cpu() - cpu) / events);
        figures.put("stolen", (Watched.stolen() - stolen) / seconds);
        figures.put("writesPerEvent", (double) (server.writes() - writes) / events);
    }

    private void burst() throws IOException {
        if (length != Length.WARM) {
            bursts();
        }
        begin();
        end(bursts());
    }

    /** One burst after the other, for some seconds, since CPU is counted in hundredths of a second. */
    private long bursts() throws IOException {
        long end = System.nanoTime() + scenario.seconds() * 1_000_000_000L;
        long events = 0;
        do {
            events += burst(scenario.n() / scenario.streams());
        } while (System.nanoTime() < end);
        return events;
    }

    private long burst(int each) throws IOException {
        try (Load load = new Load(port)) {
            long expected = (long) each * scenario.streams();
            load.open(scenario.streams(), scenario.address() + "?n=" + each, false);
            load.await(() -> load.events >= expected);
            return load.events;
        }
    }

    private void scheduler() throws IOException {
        if (length != Length.WARM) {
            // Until what runs for each event is compiled, which at their own pace would take minutes; by sleeps so
            // long that flosse has many woken together.
            try (Load warmUp = new Load(port)) {
                warmUp.ramp(length == Length.SHORT ? 100 : 2_000, "/ticker?n=200");
                warmUp.run(length == Length.SHORT ? 500 : 8_000);
            }
        }
        try (Load load = new Load(port)) {
            load.spread(scenario.streams(), "/ticker?n=" + scenario.n(), 1_000);
            load.run(length == Length.SHORT ? 500 : 2_000);
            Latencies latencies = new Latencies();
            begin(); // not yet, but its classes are loaded, and what comes meanwhile would be late
            load.run(20);
            load.latencies(latencies);
            long before = load.events;
            begin();
            load.run(scenario.seconds() * 1000L);
            end(load.events - before);
            latencies(latencies);
        }
    }

    private void latencies(Latencies latencies) {
        figures.put("p50", latencies.percentile(50));
        figures.put("p99", latencies.percentile(99));
    }

    private void idle() throws Exception {
        // Compiled frames of a blocked thread are smaller than interpreted ones, so the server is to be warm.
        // Not by idle streams alone, since some servers never see one leave.
        boolean small = length == Length.SHORT;
        churn(small ? 500 : 30_000, 32);
        for (int i = 0; i < (small ? 1 : 20); i++) {
            try (Load warmUp = new Load(port)) {
                warmUp.ramp(200, "/idle");
            }
        }
        Thread.sleep(1_000);
        Memory before = memory();
        try (Load load = new Load(port)) {
            load.ramp(scenario.streams(), "/idle");
            load.run(2_000);
            memorySince(before);
        }
    }

    private void idleOnTls() throws Exception {
        for (int i = 0; i < (length == Length.SHORT ? 1 : 10); i++) {
            try (TlsStreams warmUp = new TlsStreams(port)) {
                warmUp.open(200, "/idle");
            }
        }
        Thread.sleep(1_000);
        Memory before = memory();
        try (TlsStreams streams = new TlsStreams(port)) {
            streams.open(scenario.streams(), "/idle");
            Thread.sleep(2_000);
            memorySince(before);
        }
    }

    private record Memory(long heap, long rss) {}

    private Memory memory() throws IOException, InterruptedException {
        return new Memory(Watched.liveBytes(server.histogram()), server.rss());
    }

    private void memorySince(Memory before) throws IOException, InterruptedException {
        figures.put("rssPerStream", (double) (server.rss() - before.rss) / scenario.streams());
        String histogram = server.histogram();
        figures.put("heapPerStream", (double) (Watched.liveBytes(histogram) - before.heap) / scenario.streams());
        histogram.lines().limit(75).forEach(System.err::println);
    }

    private void broadcast() throws IOException {
        try (Load load = new Load(port)) {
            load.ramp(scenario.streams(), "/broadcast");
            publish(load, length == Length.LONG ? 1_000 : 50, 100, 5); // until it is compiled
            Latencies latencies = new Latencies();
            load.latencies(latencies);
            int count = scenario.n() * scenario.seconds();
            begin();
            long delivered = publish(load, count, scenario.n(), 30);
            end(delivered);
            latencies(latencies);
            figures.put("delivered", (double) delivered / ((long) count * scenario.streams()));
        }
    }

    /** Publishes, and reads until all is there, or nothing more comes for a second, or a time is over. */
    private long publish(Load load, int count, int perSecond, int mostSeconds) throws IOException {
        long before = load.events;
        long expected = (long) count * scenario.streams();
        try (InputStream answer = URI.create(
                        "http://127.0.0.1:" + port + "/publish?n=" + count + "&every=" + 1_000_000 / perSecond)
                .toURL()
                .openStream()) {
            answer.readAllBytes();
        }
        long end = System.nanoTime() + (count / perSecond + mostSeconds) * 1_000_000_000L;
        long quiet = 0;
        while (load.events - before < expected && System.nanoTime() < end && quiet < 20) {
            long seen = load.events;
            load.run(50);
            quiet = load.events == seen ? quiet + 1 : 0;
        }
        return load.events - before;
    }

    private void churn() throws IOException {
        if (length != Length.WARM) {
            churn(scenario.n(), scenario.streams());
        }
        begin();
        churn(scenario.n(), scenario.streams());
        end(scenario.n());
    }

    private void churn(int count, int atOnce) throws IOException {
        try (Load load = new Load(port)) {
            for (int opened = 0; opened < count; ) {
                int most = Math.min(count, load.ended + atOnce);
                load.open(most - opened, "/one", true);
                opened = most;
                int before = load.ended;
                load.await(() -> load.ended > before);
            }
            load.await(() -> load.ended >= count);
        }
    }
}
