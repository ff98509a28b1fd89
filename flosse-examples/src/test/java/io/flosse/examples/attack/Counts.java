package io.flosse.examples.attack;

import java.util.Map;
import java.util.Queue;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.LongAdder;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What the attackers and the victims have seen so far. Thread-safe. */
final class Counts {

    private static final Pattern STATUS = Pattern.compile("^HTTP/1\\.1 (\\d{3})[ \r]");
    private static final int MAX_SAMPLES = 10;

    /** The answers by status; 0 for a connection that ended without one. */
    private final Map<Integer, LongAdder> statuses = new ConcurrentHashMap<>();

    private final Map<String, LongAdder> attacks = new ConcurrentHashMap<>();
    private final Queue<String> violations = new ConcurrentLinkedQueue<>();
    private final LongAdder violationCount = new LongAdder();

    final LongAdder victimAnswers = new LongAdder();
    final LongAdder wrongAnswers = new LongAdder();
    final LongAdder serverErrors = new LongAdder();

    void attack(String name) {
        attacks.computeIfAbsent(name, key -> new LongAdder()).increment();
    }

    /** Counts the answer to an attack. What a client sends is never an error of the server. */
    void answer(String request, String answer) {
        Matcher matcher = STATUS.matcher(answer);
        int status = matcher.find() ? Integer.parseInt(matcher.group(1)) : 0;
        answer(request, status);
    }

    void answer(String request, int status) {
        statuses.computeIfAbsent(status, key -> new LongAdder()).increment();
        if (status == 500) {
            serverErrors.increment();
            violation("500 for " + request);
        }
    }

    void violation(String text) {
        violationCount.increment();
        if (violations.size() < MAX_SAMPLES) {
            violations.add(printable(text.substring(0, Math.min(400, text.length()))));
        }
    }

    long violations() {
        return violationCount.sum();
    }

    /** Returns the first violations, one a line. */
    String samples() {
        return String.join("\n", violations);
    }

    Map<String, Long> attacks() {
        return sums(attacks);
    }

    Map<Integer, Long> statuses() {
        return sums(statuses);
    }

    private static <K> Map<K, Long> sums(Map<K, LongAdder> counters) {
        Map<K, Long> sums = new TreeMap<>();
        counters.forEach((key, counter) -> sums.put(key, counter.sum()));
        return sums;
    }

    private static String printable(String text) {
        StringBuilder escaped = new StringBuilder();
        text.chars()
                .forEach(c ->
                        escaped.append(c >= ' ' && c < 127 ? String.valueOf((char) c) : String.format("\\x%02x", c)));
        return escaped.toString();
    }
}
