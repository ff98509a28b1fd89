package io.flosse.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import org.junit.jupiter.api.Test;

/** {@link Actions}: runs all actions even if some of them throw. */
class ActionsTest {

    private final List<String> run = new ArrayList<>();

    private Runnable failing(String name, Throwable failure) {
        return () -> {
            run.add(name);
            if (failure instanceof Error error) {
                throw error;
            }
            throw (RuntimeException) failure;
        };
    }

    @Test
    void everyActionRunsEvenIfOthersThrow() {
        Error overflow = new StackOverflowError();
        RuntimeException second = new IllegalStateException("second");

        assertThatThrownBy(() -> Actions.runAll(List.of(
                        failing("a", overflow), failing("b", overflow), failing("c", second), () -> run.add("d"))))
                .isSameAs(overflow)
                .satisfies(thrown -> assertThat(thrown.getSuppressed()).containsExactly(second));
        assertThat(run).containsExactly("a", "b", "c", "d");
    }

    @Test
    void actionMayAddFurtherActions() {
        Deque<Runnable> queue = new ArrayDeque<>();
        queue.add(() -> {
            run.add("a");
            queue.add(() -> run.add("b"));
        });
        Actions.runAll(queue::poll);
        assertThat(run).containsExactly("a", "b");
    }

    @Test
    void atMostTenSuppressedFailuresAreKept() {
        List<Runnable> many = new ArrayList<>();
        for (int i = 0; i < 100_000; i++) {
            many.add(() -> {
                throw new IllegalStateException();
            });
        }
        assertThatThrownBy(() -> Actions.runAll(many))
                .satisfies(thrown -> assertThat(thrown.getSuppressed()).hasSize(10));
        assertThatCode(() -> Actions.runAll(List.of())).doesNotThrowAnyException();
    }
}
