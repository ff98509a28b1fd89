package io.flosse.examples.attack;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;

/**
 * An honest client of one target. It knows the answer to each of its requests, so it notices the answer to somebody
 * else's.
 */
final class Victim {

    private static final List<String> FILES = List.of("/web/app.js", "/web/chat.js", "/web/style.css", "/features");

    /** What a proxy may answer if the server has ended the connection. */
    private static final Set<Integer> UNAVAILABLE = Set.of(502, 503, 504);

    private final Target target;
    private final Random random;
    private final Map<String, String> files = new HashMap<>();

    Victim(Target target, Random random) {
        this.target = target;
        this.random = random;
    }

    /** Sends requests until its thread is interrupted. */
    void run() throws IOException, InterruptedException {
        try (HttpClient client =
                HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build()) {
            try {
                for (String file : FILES) {
                    files.put(file, send(client, file).body());
                }
                while (true) {
                    ask(client);
                    Thread.sleep(2);
                }
            } finally {
                client.shutdownNow();
            }
        }
    }

    private void ask(HttpClient client) throws InterruptedException {
        int number = random.nextInt(1_000_000);
        String file = Attack.oneOf(FILES, random);
        boolean stream = random.nextBoolean();
        // The number also keeps caches from answering.
        String path = stream ? "/sse/resume?every=PT0S&from=" + number + "&to=" + number : file + "?n=" + number;
        try {
            HttpResponse<String> response = send(client, path);
            target.counts().victimAnswers.increment();
            boolean right = stream
                    ? response.body().contains("data: {\"n\":" + number + "}\n\n")
                    : response.body().equals(files.get(file));
            if (!UNAVAILABLE.contains(response.statusCode()) && (response.statusCode() != 200 || !right)) {
                target.counts().wrongAnswers.increment();
                target.counts()
                        .violation("Wrong answer by " + target.name() + " to " + path + ": " + response.statusCode()
                                + " " + response.body());
            }
        } catch (IOException e) {
            // The connection was closed without an answer, as HTTP allows.
        }
    }

    private HttpResponse<String> send(HttpClient client, String path) throws IOException, InterruptedException {
        HttpRequest request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + target.port() + path))
                .timeout(Duration.ofSeconds(20))
                .build();
        return client.send(request, BodyHandlers.ofString());
    }

    static List<Victim> of(List<Target> targets, Random seeds) {
        List<Victim> victims = new ArrayList<>();
        targets.forEach(target -> victims.add(new Victim(target, new Random(seeds.nextLong()))));
        return victims;
    }
}
