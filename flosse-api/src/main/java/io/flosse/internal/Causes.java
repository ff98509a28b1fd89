package io.flosse.internal;

import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** The chain of causes of an exception that user code has made: it may be a circle, and asking for it may fail. */
public final class Causes {

    /** No chain that means something is longer. */
    private static final int MOST = 100;

    private Causes() {}

    /**
     * Whether an exception or one of its causes is such.
     *
     * @param thrown the exception
     * @param such tells it
     * @return whether one of the first hundred is
     */
    public static boolean any(Throwable thrown, Predicate<Throwable> such) {
        Throwable next = thrown;
        for (int i = 0; i < MOST && next != null; i++) {
            if (such.test(next)) {
                return true;
            }
            next = causeOf(next);
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
