package io.flosse.examples.attack;

import java.util.ArrayList;
import java.util.List;

/** The table of figures that the program prints. */
final class Figures {

    private final Counts counts;
    private final List<String> rows = new ArrayList<>();
    private final List<String> notes = new ArrayList<>();
    private boolean held = true;

    Figures(Counts counts) {
        this.counts = counts;
    }

    void add(String name, long value, boolean holds) {
        row(name, "", value, holds);
    }

    /** Adds a figure that must not grow by more than a factor. */
    void compare(String name, long before, long after, double factor) {
        row(name, Long.toString(before), after, after <= before * factor);
    }

    /** Adds the number of some objects, which must not grow, and lists those that were not there before. */
    void compare(String name, List<String> before, List<String> after) {
        compare(name, before.size(), after.size(), 1);
        if (after.size() > before.size()) {
            List<String> more = new ArrayList<>(after);
            before.forEach(more::remove);
            note("More " + name + ": " + more);
        }
    }

    /** Adds a line that is printed after the figures. */
    void note(String line) {
        notes.add(line);
    }

    private void row(String name, String before, long after, boolean holds) {
        held &= holds;
        rows.add(String.format("%-40s %14s %14d%s", name, before, after, holds ? "" : "  VIOLATED"));
    }

    /** Prints all figures; returns whether nothing was violated. */
    boolean print() {
        System.out.printf("%-40s %14s %14s%n", "", "before", "after");
        rows.forEach(System.out::println);
        add("answers to honest clients", counts.victimAnswers.sum(), counts.victimAnswers.sum() > 0);
        System.out.println(rows.getLast());
        System.out.println("Attacks by kind: " + counts.attacks());
        System.out.println("Their answers by status (0: none): " + counts.statuses());
        notes.forEach(System.out::println);
        if (counts.violations() > 0) {
            System.out.println(counts.violations() + " violations, the first of them:\n" + counts.samples());
        }
        return held && counts.violations() == 0;
    }
}
