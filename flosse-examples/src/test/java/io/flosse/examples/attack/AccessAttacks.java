package io.flosse.examples.attack;

import static io.flosse.examples.attack.Attack.oneOf;
import static io.flosse.examples.attack.Attack.word;
import static io.flosse.examples.attack.Target.get;
import static io.flosse.examples.attack.Target.post;

import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import java.util.Random;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Attacks on identities: tickets, passwords, pages of other sites, and values that the examples take from requests. */
final class AccessAttacks {

    private static final Pattern TICKET = Pattern.compile("data: (\\S+)");
    private static final String ANN = basic("ann:ann");

    private static final List<String> FOREIGN = List.of(
            "Sec-Fetch-Site: cross-site",
            "Sec-Fetch-Site: same-site",
            "Sec-Fetch-Site: same-origin\r\nSec-Fetch-Site: cross-site",
            "Origin: https://evil.example",
            "Origin: null",
            "Origin: tauri://localhost");

    private static final List<String> CHANGES = List.of(
            "POST /revoke?user=ann", "POST /tickets", "POST /jobs", "DELETE /jobs/none", "POST /channels/foreign");

    private static final List<String> VALUES = List.of(
            "/sse/idle?heartbeat=PT0.000000001S",
            "/sse/idle?heartbeat=-PT1S",
            "/sse/progress?steps=99999999999",
            "/sse/resume?from=2147483648",
            "/sse/ticks?every=PT-1S");

    private AccessAttacks() {}

    static List<Attack> all() {
        return List.of(
                new Attack(
                        "junk ticket",
                        (target, random) -> target.exchange(
                                get("/sse/me?ticket=" + word(random, random.nextInt(200)), oneOf(FOREIGN, random)))),
                new Attack("changed or replayed ticket", AccessAttacks::changedTicket),
                new Attack(
                        "guessed password",
                        (target, random) -> target.exchange(get("/sse/me", basic("ann:" + word(random, 8))))),
                new Attack("change by a page of another site", AccessAttacks::foreignChange),
                new Attack("names of other users", AccessAttacks::names),
                new Attack("value out of range", AccessAttacks::outOfRange));
    }

    private static String basic(String credentials) {
        return "Authorization: Basic "
                + Base64.getEncoder().encodeToString(credentials.getBytes(StandardCharsets.UTF_8));
    }

    private static void changedTicket(Target target, Random random) throws Exception {
        Matcher issued = TICKET.matcher(target.exchange(post("/tickets", "", ANN)));
        if (!issued.find()) {
            return; // refused: the server may have reached a limit
        }
        String ticket = issued.group(1);
        int place = random.nextBoolean() ? ticket.length() - 1 : random.nextInt(ticket.length());
        char other = (char) ('A' + random.nextInt(26));
        String changed = ticket.substring(0, place) + other + ticket.substring(place + 1);
        if (!changed.equals(ticket) && opens(target, changed)) {
            target.counts().violation("A changed ticket opens: " + changed + " instead of " + ticket);
        }
        opens(target, ticket);
        opens(target, ticket);
    }

    private static boolean opens(Target target, String ticket) throws Exception {
        return target.exchange(get("/sse/me?ticket=" + ticket)).contains("\"name\":\"ann\"");
    }

    private static void foreignChange(Target target, Random random) throws Exception {
        String change = oneOf(CHANGES, random);
        String foreign = oneOf(FOREIGN, random);
        String answer = target.exchange(change + " HTTP/1.1\r\nHost: h\r\nConnection: close\r\n" + ANN + "\r\n"
                + foreign + "\r\nContent-Length: 0\r\n\r\n");
        if (answer.startsWith("HTTP/1.1 2")) {
            target.counts().violation(target.name() + ": " + change + " with " + foreign + " was accepted");
        }
    }

    private static void names(Target target, Random random) throws Exception {
        String answer = target.exchange(random.nextBoolean() ? get("/streams") : get("/streams", ANN));
        if (answer.contains("127.0.0.1") || answer.contains("\"who\"")) {
            target.counts().violation("GET /streams shows clients to others: " + answer);
        }
    }

    private static void outOfRange(Target target, Random random) throws Exception {
        String request = random.nextInt(3) == 0
                ? get("/sse/resume?every=PT1H", "Last-Event-ID: " + oneOf(List.of("2147483647", "-1", "x"), random))
                : get(oneOf(VALUES, random));
        String answer = target.exchange(request);
        if (answer.startsWith("HTTP/1.1 200")) {
            target.counts().violation(target.name() + ": a value out of range was accepted: " + request);
        }
    }
}
