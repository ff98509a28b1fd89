package io.flosse.internal;

import java.util.Iterator;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Runs lists of user callbacks to the end, even if some of them throw. */
public final class Actions {

    private static final int MAX_SUPPRESSED = 10;

    private Actions() {}

    /**
     * Runs all actions.
     *
     * @param actions the actions
     * @throws RuntimeException the first failure, with the next few failures suppressed
     */
    public static void runAll(List<Runnable> actions) {
        Iterator<Runnable> next = actions.iterator();
        runAll(() -> next.hasNext() ? next.next() : null);
    }

    /**
     * Runs actions until there are none left. An action may add others.
     *
     * @param next returns the next action, null if there is none
     * @throws RuntimeException the first failure, with the next few failures suppressed
     */
    @SuppressWarnings("ReferenceEquality") // an exception cannot suppress itself
    public static void runAll(Supplier<? extends @Nullable Runnable> next) {
        Throwable first = null;
        for (Runnable action = next.get(); action != null; action = next.get()) {
            try {
                action.run();
            } catch (Throwable failure) {
                if (first == null) {
                    first = failure;
                } else if (first != failure && first.getSuppressed().length < MAX_SUPPRESSED) {
                    first.addSuppressed(failure);
                }
            }
        }
        switch (first) {
            case null -> {}
            case RuntimeException e -> throw e;
            case Error e -> throw e;
            default -> throw new IllegalStateException(first);
        }
    }
}
