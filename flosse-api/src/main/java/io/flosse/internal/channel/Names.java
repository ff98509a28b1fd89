package io.flosse.internal.channel;

/** Names of channels and jobs: so few characters that none means anything to a store, a log or a terminal. */
final class Names {

    /** A job's channel: no channel that users name has a slash in its name. */
    static final String JOB = "job/";

    private static final int LONGEST = 128;

    private Names() {}

    static boolean isValid(String name) {
        return !name.isEmpty() && name.length() <= LONGEST && name.chars().allMatch(Names::isAllowed);
    }

    static String require(String what, String name) {
        if (!isValid(name)) {
            throw new IllegalArgumentException(
                    what + " must have 1 to " + LONGEST + " characters of a-z A-Z 0-9 . _ : - and no others");
        }
        return name;
    }

    private static boolean isAllowed(int c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || "._:-".indexOf(c) >= 0;
    }
}
