package io.flosse.benchmarks.peers;

/** The data of events. */
final class Texts {

    /** With "data: " and the empty line, a frame of 68 bytes. */
    private static final int BURST = 60;

    private static final String[] BURSTS = new String[256];
    private static final String PADDING = "p".repeat(70) + " ";

    static {
        for (int i = 0; i < BURSTS.length; i++) {
            String number = Integer.toString(i);
            BURSTS[i] = number + " " + "b".repeat(BURST - number.length() - 2) + "~";
        }
    }

    private Texts() {}

    /** One of some texts that are there already, so that what is measured is the framework. */
    static String burst(int i) {
        return BURSTS[i & 255];
    }

    /** The time, which the client compares with its own: both are the monotonic clock of the machine. */
    static String now() {
        return System.nanoTime() + "~";
    }

    /** The time, in a frame of about 100 bytes. */
    static String published() {
        return PADDING + now();
    }
}
