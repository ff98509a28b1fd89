package io.flosse.internal;

import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** Searches the causes of a user's exception. The chain may be cyclic, and {@code getCause} may throw. */
public final class Causes {

    /** Bounds cyclic chains. */
    private static final int MAX_DEPTH = 100;

    private Causes() {}

    /**
     * Returns whether an exception or one of its causes matches.
     *
     * @param thrown the exception
     * @param predicate matches an exception
     * @return whether one of the first 100 exceptions matches
     */
    public static boolean any(Throwable thrown, Predicate<Throwable> predicate) {
        Throwable current = thrown;
        for (int i = 0; i < MAX_DEPTH && current != null; i++) {
            if (predicate.test(current)) {
                return true;
            }
            current = causeOf(current);
        }
        return false;
    }

    private static @Nullable Throwable causeOf(Throwable thrown) {
        try {
            return thrown.getCause();
        } catch (RuntimeException | Error overridden) {
            return null;
        }
    }
}
