package io.flosse.examples.clients;

import io.flosse.examples.clients.Observation.Event;
import io.flosse.examples.clients.ScenarioServer.Visits;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** One column of the tables: the observation of a client and the server in a scenario, in a few words. */
enum Cell {
    ORDER(Group.CONTENT, "order", "events", (client, server) -> {
        List<Integer> places = client.data().stream()
                .map(data -> texts().indexOf(data))
                .filter(place -> place >= 0)
                .toList();
        return places.size() > 1 && places.equals(places.stream().sorted().toList()) ? "yes" : "no: " + places;
    }),
    NAMES(Group.CONTENT, "names", "events", (client, server) -> shows(client, Event::name, "second", "named")),
    IDS(Group.CONTENT, "ids", "events", (client, server) -> shows(client, Event::id, "second", "2")),
    LINES(Group.CONTENT, "several lines", "events", (client, server) -> contains(client, 2)),
    UNICODE(Group.CONTENT, "Unicode", "events", (client, server) -> contains(client, 3)),
    LARGE(Group.CONTENT, "200 KB", "events", (client, server) -> contains(client, 4)),
    BURST(Group.CONTENT, "5,000 at once", "burst", (client, server) -> {
        List<String> expected = IntStream.rangeClosed(1, ScenarioServer.BURST)
                .mapToObj(Integer::toString)
                .toList();
        return client.data().equals(expected) ? "yes" : "no: " + client.data().size();
    }),
    HEARTBEATS(
            Group.CONTENT,
            "heartbeats",
            "heartbeats",
            (client, server) -> client.empty() > 0 ? "as empty events" : "not shown"),

    END(Group.ENDINGS, "end", "events", (client, server) -> {
        if (server.runs.get() > 1) {
            return "no: the generator ran " + server.runs.get() + " times";
        }
        return client.shown() + (server.requests.get() > 1 ? " at the 204" : "");
    }),
    ERROR(Group.ENDINGS, "exception", "error", (client, server) -> {
        boolean event = client.events().stream().anyMatch(shown -> "error".equals(shown.name()));
        String shown = event ? "event `error`" : client.shown().startsWith("error") ? client.shown() : "not shown";
        return shown + (server.runs.get() > 1 ? ", reconnects" : "");
    }),
    INTERRUPTED(Group.ENDINGS, "interrupted", "interrupted", (client, server) -> {
        if (server.requests.get() > 1) {
            return "reconnects";
        }
        boolean ends = client.shown().equals("ends");
        return ends && server.byGet ? "ends without `end`" : ends ? "no: looks like the end" : client.shown();
    }),
    CUT(
            Group.ENDINGS,
            "cut",
            "cut",
            (client, server) -> server.requests.get() > 1
                    ? "reconnects"
                    : client.shown().equals("ends") ? "looks like the end" : client.shown()),
    RETRY(
            Group.ENDINGS,
            "`retry`",
            "cut",
            (client, server) -> server.waits.stream()
                    .min(Duration::compareTo)
                    .map(wait -> wait.toMillis() < 300 ? "kept" : "not kept")
                    .orElse("no reconnect")),
    RESUME(Group.ENDINGS, "`Last-Event-ID`", "cut", (client, server) -> {
        if (server.requests.get() == 1) {
            return "no reconnect";
        }
        if (server.lastEventIds.isEmpty()) {
            return "not sent";
        }
        return client.data().equals(List.of("1", "2", "3", "4", "5")) ? "resumes" : "no: " + client.data();
    }),
    ABORT(
            Group.ENDINGS,
            "leaves",
            "abort",
            (client, server) ->
                    server.noticed ? "noticed" : server.left() ? "noticed when the page goes" : "no: not noticed"),

    UNAUTHORIZED(Group.REFUSALS, "401", "401", Cell::refused),
    FORBIDDEN(Group.REFUSALS, "403", "403", Cell::refused),
    TOO_MANY(Group.REFUSALS, "429", "429", Cell::refused),
    UNAVAILABLE(Group.REFUSALS, "503", "503", Cell::refused);

    /** The tables. */
    enum Group {
        CONTENT("what the client shows"),
        ENDINGS("what ends the stream"),
        REFUSALS("refused with");

        final String title;

        Group(String title) {
            this.title = title;
        }
    }

    final Group group;
    final String title;
    final String scenario;

    @SuppressWarnings("ImmutableEnumChecker") // lambdas without state
    private final BiFunction<Observation, Visits, String> verdict;

    Cell(Group group, String title, String scenario, BiFunction<Observation, Visits, String> verdict) {
        this.group = group;
        this.title = title;
        this.scenario = scenario;
        this.verdict = verdict;
    }

    /** Returns the columns of a table. */
    static Stream<Cell> of(Group group) {
        return Arrays.stream(values()).filter(cell -> cell.group == group);
    }

    String verdict(Observation client, Visits server) {
        return verdict.apply(client, server);
    }

    /** Returns the texts of the scenario "events", the long one as {@code scenarios.mjs} shortens it. */
    private static List<String> texts() {
        return ScenarioServer.TEXTS.stream().map(Cell::shortened).toList();
    }

    /** Replaces a long text that repeats one character, as {@code scenarios.mjs} does. */
    static String shortened(String data) {
        return data.length() > 1000 && data.equals(data.substring(0, 1).repeat(data.length()))
                ? data.charAt(0) + " * " + data.length()
                : data;
    }

    private static String contains(Observation client, int text) {
        return client.data().contains(texts().get(text)) ? "yes" : "no: missing";
    }

    private static String shows(
            Observation client, Function<Event, @Nullable String> field, String data, String expected) {
        String shown = client.events().stream()
                .filter(event -> event.data().equals(data))
                .map(field)
                .filter(Objects::nonNull)
                .findFirst()
                .orElse("");
        return shown.equals(expected)
                ? "yes"
                : shown.isEmpty() || shown.startsWith("datastar") ? "not shown" : "no: " + shown;
    }

    private static String refused(Observation client, Visits server) {
        if (client.data().contains("1")) {
            return "tries again";
        }
        if (server.requests.get() > 1) {
            return "tries again for ever";
        }
        return client.shown().equals("ends") ? "an empty stream" : client.shown();
    }
}
