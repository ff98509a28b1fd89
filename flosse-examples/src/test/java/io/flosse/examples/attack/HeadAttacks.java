package io.flosse.examples.attack;

import static io.flosse.examples.attack.Attack.oneOf;
import static io.flosse.examples.attack.Target.get;
import static io.flosse.examples.attack.Target.request;

import java.util.List;
import java.util.Random;

/** Attacks in the head of a request, and by heads that never end. */
final class HeadAttacks {

    private static final String HALF = "GET /sse/styles HTTP/1.1\r\nHost: h\r\nX-Slow: ";

    private static final List<String> ACCEPTS = List.of(
            "Accept: text/event-stream;q=abc",
            "Accept: */*;q=1.0.0",
            "Accept:",
            "Accept: text/event-stream ; q=0.5",
            "Accept: ,,,",
            "Accept: text/event-stream;q=0",
            "Accept: text",
            "Accept: text/html, text/event-stream;q=1.001",
            "Accept: */*\r\nAccept: text/event-stream;q=2",
            "Accept: " + "a/b,".repeat(1_000));

    private static final List<String> ADDRESSES = List.of(
            "unknown",
            "",
            "x".repeat(8_000),
            "1.2.3.4, 5.6.7.8, unknown",
            "[2001:db8::1]:80",
            "2001:db8::" + "0:".repeat(100),
            "127.0.0.1.evil.example",
            "999.999.999.999",
            "0x7f000001",
            "1.2.3.4\r\nX-Forwarded-For: evil.example",
            "fe80::1%eth0",
            "\u001b[31mred");

    private static final List<String> PATHS = List.of(
            "/sse/channels/caf%C3%A9",
            "/sse/channels/%20",
            "/sse/channels/%00",
            "/sse/channels/%ff%fe",
            "/sse/channels/a%2Fb",
            "/sse/channels/a;b=c",
            "/sse/channels/{name}",
            "/sse/channels/" + "a".repeat(5_000),
            "/sse/channels/job:x",
            "/sse/jobs/caf%C3%A9",
            "/sse/jobs/%0d%0adata:x",
            "/web/..%2Fapplication.yaml",
            "/web/caf%C3%A9.js",
            "/source/%2e%2e%2f%2e%2e",
            "/sse/ticks?every=P999999999999D",
            "/sse/ticks?every=%00",
            "/sse/progress?steps=2147483648",
            "/sse/burst?n=-2147483648",
            "/sse/me?ticket=%ff");

    private static final List<String> ROUTES = List.of(
            "/",
            "/web/app.js",
            "/streams",
            "/features",
            "/sse/styles",
            "/sse/ticks",
            "/sse/me",
            "/sse/channels/a",
            "/sse/complete",
            "/jobs",
            "/none");

    private HeadAttacks() {}

    static List<Attack> all() {
        return List.of(
                new Attack("connection without a request", HeadAttacks::silent),
                new Attack("half a head", HeadAttacks::half),
                new Attack("head drop by drop", HeadAttacks::slow),
                new Attack(
                        "junk Accept", (target, random) -> target.exchange(get("/sse/styles", oneOf(ACCEPTS, random)))),
                new Attack(
                        "junk X-Forwarded-For",
                        (target, random) ->
                                target.exchange(get("/sse/limited", "X-Forwarded-For: " + oneOf(ADDRESSES, random)))),
                new Attack("odd path", (target, random) -> target.exchange(get(oneOf(PATHS, random)))),
                new Attack(
                        "HEAD", (target, random) -> target.exchange(request("HEAD", oneOf(ROUTES, random)) + "\r\n")),
                new Attack("pipelined requests", HeadAttacks::pipelined),
                new Attack("h2c upgrade", HeadAttacks::upgrade));
    }

    private static void silent(Target target, Random random) throws Exception {
        try (RawClient client = target.connect()) {
            leaveLater(client, random);
        }
    }

    private static void half(Target target, Random random) throws Exception {
        try (RawClient client = target.connect()) {
            client.send(HALF.substring(0, 1 + random.nextInt(HALF.length())));
            leaveLater(client, random);
        }
    }

    private static void slow(Target target, Random random) throws Exception {
        try (RawClient client = target.connect()) {
            client.send(HALF);
            for (int drops = random.nextInt(30); drops > 0 && client.send("x"); drops--) {
                Thread.sleep(10);
            }
            if (random.nextBoolean()) {
                client.send("\r\nConnection: close\r\n\r\n");
                target.counts().answer(HALF, client.read(150));
            }
        }
    }

    private static void leaveLater(RawClient client, Random random) throws Exception {
        Thread.sleep(random.nextInt(300));
        if (random.nextBoolean()) {
            client.closeByReset();
        }
    }

    private static void pipelined(Target target, Random random) throws Exception {
        StringBuilder requests = new StringBuilder();
        for (int n = 1 + random.nextInt(20); n > 0; n--) {
            requests.append("GET ").append(oneOf(ROUTES, random)).append(" HTTP/1.1\r\nHost: h\r\n\r\n");
        }
        target.exchange(requests.toString());
    }

    /** Upgrades and sends the preface of HTTP/2 and junk, which no proxy may pass on. */
    private static void upgrade(Target target, Random random) throws Exception {
        String upgrade =
                "GET " + oneOf(ROUTES, random) + " HTTP/1.1\r\nHost: h\r\nConnection: Upgrade, HTTP2-Settings\r\n"
                        + "Upgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAoAAAAAIAAAAA\r\n\r\n";
        String answer = target.exchange(upgrade + "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\4\0\0\0\0\0"
                + Attack.word(random, random.nextInt(50)));
        if (answer.startsWith("HTTP/1.1 101") && !target.direct()) {
            target.counts().violation(target.name() + " has passed on an upgrade to HTTP/2");
        }
    }
}
