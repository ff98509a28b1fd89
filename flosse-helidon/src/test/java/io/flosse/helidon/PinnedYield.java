package io.flosse.helidon;

/** A program with one processor for virtual threads, that is pinned to a thread which writes: see {@link PinnedYieldTest}. */
final class PinnedYield {

    private PinnedYield() {}

    /** Who initializes a class is pinned to its processor. */
    private static final class Pinned {

        static {
            GuardedWrite.run(() -> System.out.println("written"), false, () -> {}, new StreamLife());
        }

        static void touch() {
            // Initializes the class.
        }
    }

    public static void main(String[] args) throws InterruptedException {
        Thread.ofVirtual().start(Pinned::touch).join();
    }
}
