package io.flosse.benchmarks.peers;

/** The data of the events. */
final class EventData {

    /** The length of a burst event's data. Its frame has 68 bytes, including "data: " and the empty line. */
    private static final int BURST_LENGTH = 60;

    private static final String[] BURSTS = new String[256];
    private static final String PADDING = "p".repeat(70) + " ";

    static {
        for (int i = 0; i < BURSTS.length; i++) {
            String number = Integer.toString(i);
            BURSTS[i] = number + " " + "b".repeat(BURST_LENGTH - number.length() - 2) + "~";
        }
    }

    private EventData() {}

    /** Returns one of 256 prepared texts, so that only the framework is measured. */
    static String burst(int i) {
        return BURSTS[i & 255];
    }

    /** Returns the time, which the client compares with its own. Both processes use the machine's monotonic clock. */
    static String now() {
        return System.nanoTime() + "~";
    }

    /** Returns the time, padded to a frame of about 100 bytes. */
    static String published() {
        return PADDING + now();
    }
}
