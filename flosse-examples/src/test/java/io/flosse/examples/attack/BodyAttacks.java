package io.flosse.examples.attack;

import static io.flosse.examples.attack.Attack.oneOf;
import static io.flosse.examples.attack.Attack.word;
import static io.flosse.examples.attack.Target.get;
import static io.flosse.examples.attack.Target.post;

import java.util.List;
import java.util.Random;

/** Attacks by bodies: requests inside bodies, large, deep and slow ones, and events for random channels. */
final class BodyAttacks {

    /** The channel to which nobody publishes but a request that was smuggled in a body. */
    static final String SMUGGLED_CHANNEL = "smuggled";

    private static final String SMUGGLED = "POST /channels/" + SMUGGLED_CHANNEL + " HTTP/1.1\r\nHost: h\r\n"
            + "Content-Type: text/plain\r\nContent-Length: 5\r\n\r\nghost";

    /** Every kind of route of the examples: plain ones, streams, files, and none. */
    private static final List<String> TARGETS = List.of(
            "POST /tickets",
            "POST /revoke?user=ann",
            "POST /jobs?words=1",
            "DELETE /jobs/none",
            "POST /channels/news",
            "POST /channels/news!",
            "POST /sse/complete",
            "GET /sse/secure",
            "GET /sse/styles",
            "GET /sse/limited",
            "GET /streams",
            "GET /web/app.js",
            "GET /",
            "HEAD /",
            "POST /none",
            "PUT /sse/ticks",
            "OPTIONS /channels/news");

    /** Headers that make a server answer before it has read the body, or doubt where the body ends. */
    private static final List<String> EXTRAS = List.of(
            "",
            "Expect: 100-continue\r\n",
            "Accept: text/html\r\n",
            "Accept: text/event-stream;q=abc\r\n",
            "Last-Event-ID: flosse:end\r\n",
            "Sec-Fetch-Site: cross-site\r\n",
            "Content-Type: application/json\r\n",
            "Content-Encoding: gzip\r\n",
            "X-API-Key: secret\r\n",
            "Authorization: Basic YW5uOmFubg==\r\n",
            "Upgrade: h2c\r\nConnection: Upgrade, HTTP2-Settings\r\nHTTP2-Settings: AAMAAABkAAQAoAAAAAIAAAAA\r\n");

    private BodyAttacks() {}

    static List<Attack> all() {
        return List.of(
                new Attack("request in a body", BodyAttacks::smuggle),
                new Attack("request in a chunk", BodyAttacks::smuggleInChunk),
                new Attack("event for a random channel", BodyAttacks::publish),
                new Attack(
                        "listening to a random channel",
                        (target, random) -> target.exchange(get("/sse/channels/" + word(random, 12)))),
                new Attack("deep JSON", BodyAttacks::deepJson),
                new Attack("slow body", BodyAttacks::slowBody));
    }

    /** Sends a body that is itself a request, as a whole or in two parts. */
    private static void smuggle(Target target, Random random) throws Exception {
        String head = oneOf(TARGETS, random) + " HTTP/1.1\r\nHost: h\r\n" + oneOf(EXTRAS, random) + "Content-Length: "
                + SMUGGLED.length() + "\r\n\r\n";
        send(target, random, head, SMUGGLED);
    }

    /** Like {@link #smuggle} with chunks, of which the first may be malformed. */
    private static void smuggleInChunk(Target target, Random random) throws Exception {
        String head = oneOf(TARGETS, random) + " HTTP/1.1\r\nHost: h\r\n" + oneOf(EXTRAS, random)
                + "Transfer-Encoding: chunked\r\n\r\n";
        String start = oneOf(List.of("", "1;x=y\r\na\r\n", "zz\r\n", "-1\r\n", "ffffffffffffffff\r\n"), random);
        String chunk = Integer.toHexString(SMUGGLED.length()) + "\r\n" + SMUGGLED + "\r\n0\r\n\r\n";
        send(target, random, head, start + chunk);
    }

    private static void send(Target target, Random random, String head, String body) throws Exception {
        try (RawClient client = target.connect()) {
            client.send(head);
            if (random.nextBoolean()) {
                Thread.sleep(random.nextInt(20)); // the answer may come before the body
            }
            client.send(body);
            target.counts().answer(target.name() + ": " + head + body, client.read(100));
        }
    }

    private static void publish(Target target, Random random) throws Exception {
        String body = word(random, random.nextInt(10) == 0 ? 64 * 1024 : random.nextInt(1_000));
        target.exchange(post("/channels/" + word(random, 12), body, "Content-Type: text/plain"));
    }

    private static void deepJson(Target target, Random random) throws Exception {
        int depth = 500 + random.nextInt(10_000);
        String open = random.nextBoolean() ? "[" : "{\"a\":";
        String json = open.repeat(depth) + (open.equals("[") ? "]" : "1}").repeat(random.nextInt(2) * depth);
        String path = random.nextBoolean() ? "/channels/" + word(random, 12) : "/sse/complete";
        target.exchange(post(path, json, "Content-Type: application/json"));
    }

    /** Promises a body and sends it drop by drop, or not at all. */
    private static void slowBody(Target target, Random random) throws Exception {
        String path = random.nextBoolean() ? "/channels/" + word(random, 12) : "/sse/complete";
        try (RawClient client = target.connect()) {
            client.send("POST " + path + " HTTP/1.1\r\nHost: h\r\nContent-Length: 1000\r\n\r\n");
            for (int drops = random.nextInt(30); drops > 0 && client.send("x"); drops--) {
                Thread.sleep(10);
            }
            if (random.nextBoolean()) {
                client.closeByReset();
            }
        }
    }
}
