package io.flosse.examples.attack;

import java.util.List;
import java.util.Random;
import java.util.stream.Stream;

/**
 * One kind of attack.
 *
 * @param name its name in the table of figures
 * @param action sends it once
 */
record Attack(String name, Action action) {

    /** Sends an attack once, with random parts. */
    @FunctionalInterface
    interface Action {
        void run(Target target, Random random) throws Exception;
    }

    static List<Attack> all() {
        return Stream.of(HeadAttacks.all(), BodyAttacks.all(), AccessAttacks.all(), ClientAttacks.all())
                .flatMap(List::stream)
                .toList();
    }

    static <T> T oneOf(List<T> values, Random random) {
        return values.get(random.nextInt(values.size()));
    }

    /** Returns a random text of a-z. */
    static String word(Random random, int length) {
        return random.ints(length, 'a', 'z' + 1)
                .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
                .toString();
    }
}
