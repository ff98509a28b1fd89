package io.flosse.internal.channel.backend;

/** Names of channels and jobs: so few characters that none means anything to a store, a log or a terminal. */
public final class ChannelNames {

    /** A job's channel: no channel that users name has a slash in its name. */
    public static final String JOB = "job/";

    private static final int LONGEST = 128;

    private ChannelNames() {}

    public static boolean isValid(String name) {
        return !name.isEmpty() && name.length() <= LONGEST && name.chars().allMatch(ChannelNames::isAllowed);
    }

    public static String require(String what, String name) {
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
