package io.flosse.internal.channel.backend;

import io.flosse.internal.Durations;
import java.time.Duration;
import java.util.Optional;
import java.util.function.Function;

/**
 * What a family of channels was told.
 *
 * @param history what a channel keeps
 * @param jobBytes how many bytes a job's channel keeps
 * @param jobsKept how long a job is remembered after its end
 * @param objects what writes objects that are no JSON by themselves
 */
public record ChannelSettings(
        Retention history, long jobBytes, Duration jobsKept, Optional<Function<Object, String>> objects) {

    /**
     * What holds where nothing was said.
     *
     * @return the settings
     */
    public static ChannelSettings defaults() {
        return new ChannelSettings(
                new Retention(1000, 1024 * 1024, Duration.ofMinutes(10)),
                16 * 1024 * 1024,
                Duration.ofMinutes(10),
                Optional.empty());
    }

    /**
     * What a channel keeps.
     *
     * @param name its name in the store, as {@link ChannelBackend} gets it
     * @return its limits; a job's channel keeps everything for as long as it runs
     */
    public Retention limits(String name) {
        return isJob(name) ? new Retention(Integer.MAX_VALUE, jobBytes, Durations.CENTURY) : history;
    }

    /**
     * Whether a channel is a job's.
     *
     * @param name its name in the store
     * @return whether it is
     */
    public static boolean isJob(String name) {
        return name.startsWith(ChannelNames.JOB);
    }

    /**
     * The channel of a job.
     *
     * @param id the job's id
     * @return its name in the store
     */
    public static String jobChannel(String id) {
        return ChannelNames.JOB + id;
    }

    /**
     * The job that a channel is of.
     *
     * @param name its name in the store
     * @return the job's id, empty if it is a channel of users
     */
    public static Optional<String> job(String name) {
        return isJob(name) ? Optional.of(name.substring(ChannelNames.JOB.length())) : Optional.empty();
    }

    public ChannelSettings withHistory(Retention limits) {
        return new ChannelSettings(limits, jobBytes, jobsKept, objects);
    }

    public ChannelSettings withJobBytes(long bytes) {
        return new ChannelSettings(history, bytes, jobsKept, objects);
    }

    public ChannelSettings withJobsKept(Duration time) {
        return new ChannelSettings(history, jobBytes, time, objects);
    }

    public ChannelSettings withObjects(Function<Object, String> json) {
        return new ChannelSettings(history, jobBytes, jobsKept, Optional.of(json));
    }
}
