package io.flosse.examples.attack;

import static io.flosse.examples.attack.Attack.oneOf;
import static io.flosse.examples.attack.Attack.word;
import static io.flosse.examples.attack.Target.get;
import static io.flosse.examples.attack.Target.post;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Attacks by what a client does after its request: it stalls, leaves, resets, or starts jobs. */
final class ClientAttacks {

    private static final Pattern ID = Pattern.compile("\"id\":\"([^\"]+)\"");

    private static final List<String> STREAMS = List.of(
            "/sse/burst?n=100000",
            "/sse/ticks?every=PT0S",
            "/sse/ticks?every=PT0.01S",
            "/sse/idle",
            "/sse/idle?heartbeat=PT0.1S", // longer than any client waits before it leaves
            "/sse/resume?every=PT0.001S",
            "/sse/progress?delay=PT0.01S",
            "/sse/channels/news",
            "/sse/limited");

    private ClientAttacks() {}

    static List<Attack> all() {
        return List.of(
                new Attack("client that does not read", ClientAttacks::stall),
                new Attack("client that leaves", ClientAttacks::leave),
                new Attack("job and its readers", ClientAttacks::job),
                new Attack("HTTP/2 streams", ClientAttacks::http2));
    }

    private static void stall(Target target, Random random) throws Exception {
        try (RawClient client = target.connect()) {
            client.send(get(oneOf(STREAMS, random)));
            Thread.sleep(random.nextInt(500));
            if (random.nextBoolean()) {
                client.closeByReset();
            }
        }
    }

    private static void leave(Target target, Random random) throws Exception {
        try (RawClient client = target.connect()) {
            String request = get(oneOf(STREAMS, random));
            client.send(request);
            target.counts().answer(request, client.read(1 + random.nextInt(50)));
            if (random.nextBoolean()) {
                client.closeByReset();
            }
        }
    }

    private static void job(Target target, Random random) throws Exception {
        Matcher started = ID.matcher(target.exchange(post("/jobs?words=" + (1 + random.nextInt(5)), "")));
        if (started.find()) {
            target.exchange(get("/sse/jobs/" + started.group(1), "Last-Event-ID: " + word(random, 5)));
            target.exchange(Target.request("DELETE", "/jobs/" + started.group(1)) + "\r\n");
        }
    }

    /** Opens streams on one connection, most of which are reset. A proxy may answer by HTTP/1.1. */
    private static void http2(Target target, Random random) throws Exception {
        try (HttpClient client =
                HttpClient.newBuilder().version(HttpClient.Version.HTTP_2).build()) {
            List<CompletableFuture<HttpResponse<String>>> pending = new ArrayList<>();
            for (int n = 1 + random.nextInt(10); n > 0; n--) {
                pending.add(client.sendAsync(http2Request(target, random), BodyHandlers.ofString()));
            }
            Thread.sleep(random.nextInt(100));
            for (CompletableFuture<HttpResponse<String>> response : pending) {
                if (response.isDone() || random.nextBoolean()) {
                    count(target, response);
                }
                response.cancel(true);
            }
            client.shutdownNow();
        }
    }

    private static void count(Target target, CompletableFuture<HttpResponse<String>> pending)
            throws InterruptedException {
        try {
            HttpResponse<String> response = pending.get(100, TimeUnit.MILLISECONDS);
            target.counts().answer(target.name() + ": " + response.request(), response.statusCode());
        } catch (ExecutionException | TimeoutException | CancellationException e) {
            // The stream goes on, or the server has closed the connection.
        }
    }

    private static HttpRequest http2Request(Target target, Random random) {
        HttpRequest.Builder request = HttpRequest.newBuilder();
        return switch (random.nextInt(5)) {
            case 0 ->
                request.uri(uri(target, "/sse/complete"))
                        .POST(BodyPublishers.ofString("{\"prompt\":\"" + word(random, 5) + "\"}"))
                        .build();
            case 1 -> request.uri(uri(target, "/sse/styles")).HEAD().build();
            case 2 ->
                request.uri(uri(target, "/channels/" + word(random, 12)))
                        .POST(BodyPublishers.ofString(word(random, 1_000)))
                        .build();
            case 3 ->
                request.uri(uri(target, "/sse/me?ticket=" + word(random, 20)))
                        .header("Sec-Fetch-Site", "cross-site")
                        .build();
            default -> request.uri(uri(target, oneOf(STREAMS, random))).build();
        };
    }

    private static URI uri(Target target, String path) {
        return URI.create("http://127.0.0.1:" + target.port() + path);
    }
}
