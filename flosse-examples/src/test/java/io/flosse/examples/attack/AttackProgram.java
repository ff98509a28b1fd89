package io.flosse.examples.attack;

import io.flosse.examples.fixture.Deadline;
import io.flosse.examples.fixture.ExamplesServer;
import io.flosse.redis.fixture.TestRedis;
import io.flosse.testing.SseClient;
import io.flosse.tools.Command;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Attacks the examples server, alone and behind the installed proxies, and checks that it holds nothing afterwards.
 * {@code CONTRIBUTING.md} tells how to run it. Exits with 1 if something was violated.
 */
public final class AttackProgram {

    /** Short times, so that the server has forgotten the attack soon after its end. */
    private static final Map<String, String> CONFIGURATION = Map.of(
            "flosse.history-age", "PT5S",
            "flosse.jobs-kept", "PT5S",
            "flosse.body-timeout", "PT2S",
            "flosse.tickets-per-minute", "1000000",
            "server.features.flosse.body-timeout", "PT2S",
            "server.features.flosse.write-timeout", "PT2S",
            "server.features.flosse.trusted-hops", "1");

    private static final Command SERVER =
            Command.ofJdk("java", "-Xmx256m", "-XX:+ExitOnOutOfMemoryError", "-jar", "target/flosse-examples.jar");

    /** The heap may be this much larger than before. */
    private static final double HEAP_TOLERANCE = 1.05;

    private static final Duration SHORTEST_WARM_UP = Duration.ofSeconds(10);
    private static final Duration LONGEST_WARM_UP = Duration.ofMinutes(1);

    /** How many lines of the server's log are printed. */
    private static final int SAMPLE_LINES = 20;

    private final Options options;
    private final Counts counts = new Counts();
    private final List<Attack> attacks;

    private AttackProgram(Options options) {
        this.options = options;
        attacks = Attack.all().stream()
                .filter(attack -> attack.name().contains(options.only()))
                .toList();
        if (attacks.isEmpty()) {
            throw new IllegalArgumentException("No attack has '" + options.only() + "' in its name");
        }
    }

    /**
     * Runs the attack.
     *
     * @param arguments options such as {@code time=PT10M seed=1}
     */
    public static void main(String[] arguments) throws Exception {
        Options options = Options.parse(String.join(" ", arguments));
        System.out.println(options);
        System.exit(new AttackProgram(options).run() ? 0 : 1);
    }

    private boolean run() throws Exception {
        Path folder = Files.createTempDirectory("flosse-attack");
        try (TestRedis redis = options.store().equals("redis") ? TestRedis.started() : null) {
            Map<String, String> configuration = new HashMap<>(CONFIGURATION);
            configuration.put("flosse.channels", options.store());
            if (redis != null) {
                configuration.put("flosse.redis.uri", redis.uri());
            }
            try (ExamplesServer server = ExamplesServer.startProcess(standard -> SERVER, configuration)) {
                return run(server, folder, redis);
            }
        } finally {
            delete(folder);
        }
    }

    private boolean run(ExamplesServer server, Path folder, @Nullable TestRedis redis) throws Exception {
        long pid = server.process().pid();
        attack(server, folder, warmUp());
        ServerState before = ServerState.settled(pid, server.port(), folder, redis);
        long smuggled;
        try (SseClient observer = SseClient.connect(server.uri("/sse/channels/" + BodyAttacks.SMUGGLED_CHANNEL))) {
            proveThatSmugglingIsNoticed(Target.server(server.port(), counts), observer, "canary before");
            proveThatChannelsAndJobsAreCounted(Target.server(server.port(), counts), before, pid, folder, redis);
            attack(server, folder, options.time());
            proveThatSmugglingIsNoticed(Target.server(server.port(), counts), observer, "canary after");
            smuggled = observer.raw().split("data: ghost", -1).length - 1L;
        }
        ServerState after = ServerState.settled(pid, server.port(), folder, redis);
        Figures figures = new Figures(counts);
        figures.add("requests smuggled", smuggled, smuggled == 0);
        figures.add("answers given to others", counts.wrongAnswers.sum(), counts.wrongAnswers.sum() == 0);
        figures.add("answers with 500", counts.serverErrors.sum(), counts.serverErrors.sum() == 0);
        figures.compare("threads", before.threads(), after.threads());
        figures.compare("file descriptors", before.descriptors(), after.descriptors(), 1);
        figures.compare("open streams", List.of(), after.streams());
        figures.compare("channels", before.channels(), after.channels(), 1);
        figures.compare("jobs", before.jobs(), after.jobs(), 1);
        if (redis != null) {
            figures.compare("Redis keys", before.keys().all(), after.keys().all(), 1);
            figures.add(
                    "Redis keys that expire later",
                    after.keys().expiring(),
                    after.keys().expiring() == 0);
        }
        figures.compare("heap, bytes", before.heap(), after.heap(), HEAP_TOLERANCE);
        List<String> log = server.output().stream()
                .filter(line -> !line.startsWith("SLF4J"))
                .toList();
        figures.add("lines logged by the server", log.size(), true);
        log.stream().limit(SAMPLE_LINES).forEach(figures::note);
        return figures.print();
    }

    /** Returns a quarter of the time: the first attacks load classes and fill pools, which stay. */
    private Duration warmUp() {
        Duration quarter = options.time().dividedBy(4);
        return quarter.compareTo(SHORTEST_WARM_UP) < 0
                ? SHORTEST_WARM_UP
                : quarter.compareTo(LONGEST_WARM_UP) > 0 ? LONGEST_WARM_UP : quarter;
    }

    /** The observer must see what a smuggled request would publish; otherwise its silence would mean nothing. */
    private static void proveThatSmugglingIsNoticed(Target server, SseClient observer, String canary)
            throws IOException {
        String path = "/channels/" + BodyAttacks.SMUGGLED_CHANNEL;
        server.exchange(Target.post(path, canary, "Content-Type: text/plain"));
        Deadline.await(() -> observer.raw().contains("data: " + canary), canary);
    }

    /** The observed channel and a new job must be counted; otherwise equal counts would mean nothing. */
    private static void proveThatChannelsAndJobsAreCounted(
            Target server, ServerState before, long pid, Path folder, @Nullable TestRedis redis)
            throws IOException, InterruptedException {
        server.exchange(Target.post("/jobs?words=200", ""));
        ServerState now = ServerState.of(pid, server.port(), folder, redis);
        boolean keysAreCounted =
                redis == null || now.keys().all() > before.keys().all();
        if (now.channels() <= before.channels() || now.jobs() <= before.jobs() || !keysAreCounted) {
            throw new IllegalStateException("A channel, a job or a key is not counted: " + now);
        }
    }

    /** Attacks for a time. The proxies end with it, because they keep connections to the server for a minute. */
    private void attack(ExamplesServer server, Path folder, Duration time) throws IOException, InterruptedException {
        try (Targets targets = Targets.start(folder, server.port(), counts)) {
            List<String> names = targets.all().stream().map(Target::name).toList();
            System.out.println("Attacking for " + time + ": " + names);
            attack(targets, time);
        }
    }

    /** Lets all threads attack, with one victim for each target. */
    private void attack(Targets targets, Duration time) throws InterruptedException {
        long end = System.nanoTime() + time.toNanos();
        AtomicLong remaining = new AtomicLong(options.requests());
        Random seeds = new Random(options.seed());
        List<Thread> victims = new ArrayList<>();
        for (Victim victim : Victim.of(targets.all(), seeds)) {
            victims.add(Thread.startVirtualThread(() -> runVictim(victim)));
        }
        List<Thread> attackers = new ArrayList<>();
        for (int n = 0; n < options.threads(); n++) {
            Random random = new Random(seeds.nextLong());
            attackers.add(Thread.startVirtualThread(() -> {
                while (System.nanoTime() < end && remaining.getAndDecrement() > 0) {
                    attackOnce(Attack.oneOf(attacks, random), Attack.oneOf(targets.all(), random), random);
                }
            }));
        }
        for (Thread attacker : attackers) {
            attacker.join();
        }
        for (Thread victim : victims) {
            victim.interrupt();
            victim.join();
        }
    }

    private void attackOnce(Attack attack, Target target, Random random) {
        counts.attack(attack.name());
        try {
            attack.action().run(target, random);
        } catch (IOException e) {
            // The server or the proxy has refused or ended the connection.
        } catch (Exception e) {
            counts.violation("The attack '" + attack.name() + "' failed: " + e);
        }
    }

    private void runVictim(Victim victim) {
        try {
            victim.run();
        } catch (InterruptedException e) {
            // The attack is over.
        } catch (IOException e) {
            counts.violation("A victim got no answer at all: " + e);
        }
    }

    private static void delete(Path folder) throws IOException {
        try (Stream<Path> files = Files.walk(folder)) {
            files.sorted(Comparator.reverseOrder()).forEach(file -> {
                try {
                    Files.delete(file);
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            });
        }
    }
}
