package io.flosse.helidon.internal.settings;

import io.flosse.SseEvent;
import io.flosse.internal.wire.EventIds;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/** The names of the events that flosse itself sends: {@code end}, {@code gap} and {@code error}, unless a route renames them. */
public final class EventNames {

    /** The names without a change. */
    public static final EventNames DEFAULT = new EventNames(Map.of());

    private static final String END = "end";
    private static final String GAP = "gap";
    private static final String ERROR = "error";

    private static final Pattern GAP_DATA = Pattern.compile("\\{(\"missed\":\\d+)?,?(\"oldest\":\"[^\"]*\")?\\}");
    private static final Pattern ERROR_DATA =
            Pattern.compile("\\{\"error\":\"(internal|cancelled|lost)\"(,\"ref\":\"[0-9a-f]{16}\")?\\}");

    private final Map<String, String> renamed;

    private EventNames(Map<String, String> renamed) {
        this.renamed = renamed;
    }

    /**
     * Checks the names of a route.
     *
     * @param renamed the new names by the old ones
     * @throws IllegalArgumentException if flosse sends no event with an old name, or a new name can't be sent
     */
    public static EventNames of(Map<String, String> renamed) {
        renamed.forEach((name, replacement) -> {
            if (!Set.of(END, GAP, ERROR).contains(name)) {
                throw new IllegalArgumentException(
                        "eventNames renames the events of flosse, which are end, gap and error, but not '" + name
                                + "': change the name where that event is yielded or published");
            }
            SseEvent unused = SseEvent.of("").withEvent(replacement);
        });
        return renamed.isEmpty() ? DEFAULT : new EventNames(Map.copyOf(renamed));
    }

    /** Returns whether no event has another name. */
    public boolean isEmpty() {
        return renamed.isEmpty();
    }

    /** Returns the event after the return of a generator. */
    public SseEvent endEvent() {
        return SseEvent.of("{}").withEvent(renamed.getOrDefault(END, END)).withId(EventIds.END);
    }

    /** Returns the event that reports an exception under its reference in the log. */
    public SseEvent errorEvent(String ref) {
        return rename(
                SseEvent.of("{\"error\":\"internal\",\"ref\":\"" + ref + "\"}").withEvent(ERROR));
    }

    /**
     * Gives a gap, or the error of a job, the name that the route has for it. Such an event is known by its name and its
     * data, because a store keeps it like any other event.
     *
     * @return the renamed event; the same event if it is one of the application
     */
    public SseEvent rename(SseEvent event) {
        if (renamed.isEmpty()) {
            return event;
        }
        Optional<String> replacement =
                event.event().filter(name -> isOwn(name, event)).map(renamed::get);
        return replacement.map(event::withEvent).orElse(event);
    }

    private static boolean isOwn(String name, SseEvent event) {
        return event.data() instanceof String data
                && switch (name) {
                    case GAP -> event.id().isEmpty() && GAP_DATA.matcher(data).matches();
                    case ERROR -> ERROR_DATA.matcher(data).matches();
                    default -> false;
                };
    }
}
