package io.flosse.internal.channel.backend;

import io.flosse.internal.InvalidNameException;

/** Validates the names of channels and jobs. The allowed characters are safe in a store, a log and a terminal. */
public final class ChannelNames {

    /** The prefix of a job's channel. Names from users cannot contain a slash. */
    public static final String JOB = "job/";

    private static final int MAX_LENGTH = 128;

    private ChannelNames() {}

    public static boolean isValid(String name) {
        return !name.isEmpty() && name.length() <= MAX_LENGTH && name.chars().allMatch(ChannelNames::isAllowed);
    }

    public static String require(String what, String name) {
        if (!isValid(name)) {
            throw new InvalidNameException(
                    what + " must have 1 to " + MAX_LENGTH + " characters of a-z A-Z 0-9 . _ : - and no others");
        }
        return name;
    }

    private static boolean isAllowed(int c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || "._:-".indexOf(c) >= 0;
    }
}
