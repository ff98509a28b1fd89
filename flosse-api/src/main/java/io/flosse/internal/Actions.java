package io.flosse.internal;

import java.util.Iterator;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Actions of user code that must all run, whatever one of them throws. */
public final class Actions {

    private static final int MOST_SUPPRESSED = 10;

    private Actions() {}

    /**
     * Runs each of the actions.
     *
     * @param actions the actions
     * @throws RuntimeException what the first one that failed threw, with the next few failures suppressed
     */
    public static void runAll(List<Runnable> actions) {
        Iterator<Runnable> next = actions.iterator();
        runAll(() -> next.hasNext() ? next.next() : null);
    }

    /**
     * Runs actions until there are no more: one may add others.
     *
     * @param next gives the next action, null if there is none
     * @throws RuntimeException what the first one that failed threw, with the next few failures suppressed
     */
    @SuppressWarnings("ReferenceEquality") // nothing can suppress itself
    public static void runAll(Supplier<? extends @Nullable Runnable> next) {
        Throwable first = null;
        for (Runnable action = next.get(); action != null; action = next.get()) {
            try {
                action.run();
            } catch (Throwable failure) {
                if (first == null) {
                    first = failure;
                } else if (first != failure && first.getSuppressed().length < MOST_SUPPRESSED) {
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
