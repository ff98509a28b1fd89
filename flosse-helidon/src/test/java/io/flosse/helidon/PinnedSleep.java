package io.flosse.helidon;

/** A program with one processor for virtual threads, that is pinned to one who sleeps with others: see {@link SleepersTest}. */
final class PinnedSleep {

    private PinnedSleep() {}

    /** Who initializes a class is pinned to its processor. */
    private static final class Pinned {

        static {
            try (Sleepers sleepers = new Sleepers()) {
                while (!SleepersTest.isBusyAfterMany(sleepers)) {
                    Thread.onSpinWait();
                }
                sleepers.sleep(200_000_000);
                System.out.println("awake");
            } catch (InterruptedException e) {
                throw new AssertionError(e);
            }
        }

        static void touch() {
            // Initializes the class.
        }
    }

    public static void main(String[] args) throws InterruptedException {
        Thread.ofVirtual().start(Pinned::touch).join();
    }
}
