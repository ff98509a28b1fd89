package io.flosse.examples.attack;

import io.flosse.redis.fixture.TestRedis;
import io.flosse.testing.SseClient;
import io.flosse.tools.Command;
import jakarta.json.Json;
import jakarta.json.JsonObject;
import jakarta.json.JsonReader;
import jakarta.json.JsonString;
import java.io.IOException;
import java.io.StringReader;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What the server process holds at one moment.
 *
 * @param threads the names of the threads, also virtual ones, without the carriers of virtual threads, which come and
 *     go; of a thread without a name what it does
 * @param descriptors open file descriptors; 0 where the system has no {@code /proc}
 * @param streams the routes of the open streams in the registry
 * @param channels live channels
 * @param jobs live objects of the registry of jobs: a job in memory has two while it runs, and one while it is remembered
 * @param keys what Redis holds; nothing if the channels are in memory
 * @param heap live bytes after a full collection
 */
record ServerState(
        List<String> threads,
        long descriptors,
        List<String> streams,
        long channels,
        long jobs,
        RedisKeys keys,
        long heap) {

    /**
     * The keys of a Redis.
     *
     * @param all their number
     * @param expiring how many of them expire by themselves, within a minute in this program
     */
    record RedisKeys(long all, long expiring) {

        static RedisKeys of(@Nullable TestRedis redis) {
            if (redis == null) {
                return new RedisKeys(0, 0);
            }
            try (var client = redis.client()) {
                Set<String> keys = client.keys("*");
                return new RedisKeys(
                        keys.size(),
                        keys.stream().filter(key -> client.pttl(key) >= 0).count());
            }
        }
    }

    private static final Pattern TOTAL = Pattern.compile("(?m)^Total\\s+\\d+\\s+(\\d+)");

    /** A line of a class histogram: rank, instances, bytes and class. */
    private static final Pattern INSTANCES = Pattern.compile("(?m)^\\s*\\d+:\\s+(\\d+)\\s+\\d+\\s+(\\S+)");

    private static final Set<String> CHANNELS =
            Set.of("io.flosse.internal.channel.memory.MemoryChannel", "io.flosse.redis.internal.channel.RedisChannel");
    private static final Set<String> JOBS = Set.of(
            "io.flosse.internal.channel.job.RunningJob", "io.flosse.internal.channel.memory.MemoryJobStore$Entry");

    private static final Pattern CARRIER = Pattern.compile("ForkJoinPool-\\d+-worker-\\d+|VirtualThread-unparker.*");
    private static final Duration LONGEST_WAIT = Duration.ofMinutes(2);
    private static final Duration INTERVAL = Duration.ofSeconds(3);

    /**
     * How many states in a row must be alike. Together they last longer than a history, and than the heartbeat that
     * notices a client that has left silently (8 s).
     */
    private static final int STEADY = 8;

    /** Waits until the server has forgotten its clients and no key in Redis expires, and returns what it holds then. */
    static ServerState settled(long pid, int port, Path folder, @Nullable TestRedis redis)
            throws IOException, InterruptedException {
        long end = System.nanoTime() + LONGEST_WAIT.toNanos();
        ServerState last = of(pid, port, folder, redis);
        for (int steady = 0; steady < STEADY && System.nanoTime() < end; ) {
            Thread.sleep(INTERVAL);
            ServerState next = of(pid, port, folder, redis);
            steady = next.isLike(last) ? steady + 1 : 0;
            last = next;
        }
        return last;
    }

    private boolean isLike(ServerState other) {
        return threads.size() == other.threads.size()
                && descriptors == other.descriptors
                && streams.equals(other.streams)
                && channels == other.channels
                && jobs == other.jobs
                && keys.equals(other.keys)
                && keys.expiring() == 0
                && Math.abs(heap - other.heap) < other.heap / 100;
    }

    /** Returns what the server holds now. */
    static ServerState of(long pid, int port, Path folder, @Nullable TestRedis redis)
            throws IOException, InterruptedException {
        List<String> streams = openStreams(port);
        Path file = folder.resolve("threads.json");
        Files.deleteIfExists(file);
        jcmd(pid, "Thread.dump_to_file", "-format=json", file.toString());
        List<String> threads = threads(Files.readString(file));
        String histogram = jcmd(pid, "GC.class_histogram");
        Matcher total = TOTAL.matcher(histogram);
        if (!total.find()) {
            throw new IOException("jcmd GC.class_histogram has printed no total");
        }
        return new ServerState(
                threads,
                descriptors(pid),
                streams,
                instances(histogram, CHANNELS),
                instances(histogram, JOBS),
                RedisKeys.of(redis),
                Long.parseLong(total.group(1)));
    }

    private static long instances(String histogram, Set<String> classes) {
        return INSTANCES
                .matcher(histogram)
                .results()
                .filter(line -> classes.contains(line.group(2)))
                .mapToLong(line -> Long.parseLong(line.group(1)))
                .sum();
    }

    private static String jcmd(long pid, String... arguments) throws IOException, InterruptedException {
        return Command.ofJdk("jcmd", Long.toString(pid)).with(arguments).run();
    }

    private static List<String> openStreams(int port) {
        try (SseClient client = SseClient.connect(URI.create("http://127.0.0.1:" + port + "/streams"), "Accept: */*");
                JsonReader reader = Json.createReader(new StringReader(client.body()))) {
            return reader.readArray().getValuesAs(JsonObject.class).stream()
                    .map(stream -> stream.getString("route"))
                    .toList();
        }
    }

    private static List<String> threads(String dump) {
        try (JsonReader reader = Json.createReader(new StringReader(dump))) {
            List<JsonObject> containers = reader.readObject()
                    .getJsonObject("threadDump")
                    .getJsonArray("threadContainers")
                    .getValuesAs(JsonObject.class);
            return containers.stream()
                    .flatMap(container -> container.getJsonArray("threads").getValuesAs(JsonObject.class).stream())
                    .map(ServerState::name)
                    .filter(name -> !CARRIER.matcher(name).matches())
                    .sorted()
                    .toList();
        }
    }

    private static String name(JsonObject thread) {
        String name = thread.getString("name");
        return name.isEmpty()
                ? thread.getJsonArray("stack").getValuesAs(JsonString.class).stream()
                        .map(JsonString::getString)
                        .filter(frame -> frame.contains("io."))
                        .findFirst()
                        .orElse("virtual")
                : name;
    }

    private static long descriptors(long pid) throws IOException {
        Path folder = Path.of("/proc", Long.toString(pid), "fd");
        if (!Files.isDirectory(folder)) {
            return 0;
        }
        try (Stream<Path> open = Files.list(folder)) {
            return open.count();
        }
    }
}
