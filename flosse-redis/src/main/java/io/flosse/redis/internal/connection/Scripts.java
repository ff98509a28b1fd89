package io.flosse.redis.internal.connection;

/**
 * The Lua scripts, loaded once from the {@code .lua} files beside this class. Each file documents its keys, its
 * arguments and its result.
 *
 * <p>A channel is one stream. Its state is in the last entry: the first field of each entry, {@code at}, has the id of
 * the previous entry, the number of events and bytes up to and including the entry, and the bytes of the entry itself.
 * So a reader of two entries can tell whether the second one directly follows the first.
 */
public final class Scripts {

    private static final String STREAM = "stream.lua";
    private static final String CLOSE_STREAM = "close-stream.lua";

    /** Appends an event. */
    public static final Script PUBLISH = Script.load(STREAM, "publish.lua");

    /** Reads the end of a channel for a subscriber, and prevents the channel from expiring. Creates no stream. */
    public static final Script OPEN = Script.load(STREAM, "open.lua");

    /** Ends a channel. */
    public static final Script END = Script.load(STREAM, CLOSE_STREAM, "end-channel.lua");

    /** Claims a job for a server. */
    public static final Script CLAIM = Script.load("claim-job.lua");

    /** Renews the lease of a job. */
    public static final Script RENEW = Script.load("renew-lease.lua");

    /** Ends a job and its channel. */
    public static final Script END_JOB = Script.load(STREAM, CLOSE_STREAM, "end-job.lua");

    /** Returns the status of a job. */
    public static final Script JOB_STATUS = Script.load("job-status.lua");

    private Scripts() {}
}
