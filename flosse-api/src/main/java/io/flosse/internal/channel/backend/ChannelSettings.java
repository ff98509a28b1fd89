package io.flosse.internal.channel.backend;

import io.flosse.internal.Durations;
import java.time.Duration;
import java.util.Optional;
import java.util.function.Function;

/**
 * The settings of a registry of channels.
 *
 * @param history the retention of a channel
 * @param jobBytes how many bytes a job's channel keeps
 * @param jobsKept how long a job is remembered after its end
 * @param maxChannels how many channels there may be in this process
 * @param totalHistoryBytes how much memory their histories may use together
 * @param jsonEncoder encodes objects without built-in JSON support
 */
public record ChannelSettings(
        Retention history,
        long jobBytes,
        Duration jobsKept,
        int maxChannels,
        long totalHistoryBytes,
        Optional<Function<Object, String>> jsonEncoder) {

    private static final int DEFAULT_MAX_CHANNELS = 10_000;

    /**
     * Returns the default settings.
     *
     * @return the settings
     */
    public static ChannelSettings defaults() {
        return new ChannelSettings(
                new Retention(1000, 1024 * 1024, Duration.ofMinutes(10)),
                16 * 1024 * 1024,
                Duration.ofMinutes(10),
                DEFAULT_MAX_CHANNELS,
                Runtime.getRuntime().maxMemory() / 4,
                Optional.empty());
    }

    /**
     * Returns the retention of a channel.
     *
     * @param name its name in the store, as {@link ChannelBackend} gets it
     * @return its retention; a running job's channel is limited by its bytes only
     */
    public Retention limits(String name) {
        return isJob(name) ? new Retention(Integer.MAX_VALUE, jobBytes, Durations.CENTURY) : history;
    }

    /**
     * Returns whether a channel belongs to a job.
     *
     * @param name its name in the store
     * @return whether it belongs to a job
     */
    public static boolean isJob(String name) {
        return name.startsWith(ChannelNames.JOB);
    }

    /**
     * Returns the channel name of a job.
     *
     * @param id the job's id
     * @return its name in the store
     */
    public static String jobChannel(String id) {
        return ChannelNames.JOB + id;
    }

    /**
     * Returns the job to which a channel belongs.
     *
     * @param name its name in the store
     * @return the job's id, empty for a channel of a user
     */
    public static Optional<String> job(String name) {
        return isJob(name) ? Optional.of(name.substring(ChannelNames.JOB.length())) : Optional.empty();
    }

    public ChannelSettings withHistory(Retention retention) {
        return new ChannelSettings(retention, jobBytes, jobsKept, maxChannels, totalHistoryBytes, jsonEncoder);
    }

    public ChannelSettings withJobBytes(long bytes) {
        return new ChannelSettings(history, bytes, jobsKept, maxChannels, totalHistoryBytes, jsonEncoder);
    }

    public ChannelSettings withJobsKept(Duration time) {
        return new ChannelSettings(history, jobBytes, time, maxChannels, totalHistoryBytes, jsonEncoder);
    }

    public ChannelSettings withMaxChannels(int max) {
        return new ChannelSettings(history, jobBytes, jobsKept, max, totalHistoryBytes, jsonEncoder);
    }

    public ChannelSettings withTotalHistoryBytes(long max) {
        return new ChannelSettings(history, jobBytes, jobsKept, maxChannels, max, jsonEncoder);
    }

    public ChannelSettings withJsonEncoder(Function<Object, String> encoder) {
        return new ChannelSettings(history, jobBytes, jobsKept, maxChannels, totalHistoryBytes, Optional.of(encoder));
    }
}
