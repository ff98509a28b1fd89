package io.flosse.channel;

import io.flosse.internal.channel.ChannelsBuilder;
import java.time.Duration;
import java.util.Optional;
import java.util.function.Function;

/**
 * A registry of named channels, and of jobs that yield into channels.
 *
 * <pre>{@code
 * Channels channels = Channels.builder().historyEvents(500).historyAge(Duration.ofHours(1)).build();
 * routing.get("/sse/news", Flosse.subscribe(channels.channel("news").withHistory()));
 * channels.channel("news").publish(SseEvent.of("hello").withEvent("headline"));
 * }</pre>
 *
 * <p>Names and job ids have 1 to 128 characters: ASCII letters, digits and {@code . _ : -}. Any other name causes an
 * {@link IllegalArgumentException}, so a name from a request can only reach its own key or channel.
 *
 * <p>Thread-safe.
 */
public interface Channels extends AutoCloseable {

    /**
     * Creates channels in the memory of this process, with the default options. They are lost when it ends. A client that reconnects after a
     * restart gets {@code event: gap}, because each incarnation of a channel uses its own ids.
     *
     * @return a new registry without channels
     */
    static Channels inMemory() {
        return builder().build();
    }

    /**
     * Returns a builder of channels in the memory of this process, with the default options.
     *
     * @return a new builder
     */
    static Builder builder() {
        return ChannelsBuilder.inMemory();
    }

    /** Builds {@link Channels}. The history of a channel is kept within all three limits. Not thread-safe. */
    interface Builder {

        /**
         * Sets how many events a channel keeps for later subscribers.
         *
         * @param max the number, 1000 by default; 0 keeps none
         * @return this builder
         * @throws IllegalArgumentException if it is negative
         */
        Builder historyEvents(int max);

        /**
         * Sets how many bytes of events a channel keeps, measured as frames on the wire. The text of an event is held next
         * to its frame, so the memory used is two to three times as much. An event larger than the limit is delivered to
         * the subscribers of that moment. It is not kept, and its size removes no other event, though it counts as one
         * for {@link #historyEvents}; later subscribers get an event {@code gap} at its place.
         *
         * @param max the number, 1 MiB by default; 0 keeps no events
         * @return this builder
         * @throws IllegalArgumentException if it is negative
         */
        Builder historyBytes(long max);

        /**
         * Sets how long a channel keeps an event, and how long an unused channel is kept.
         *
         * @param max the time, 10 minutes by default
         * @return this builder
         * @throws IllegalArgumentException if it is not positive
         */
        Builder historyAge(Duration max);

        /**
         * Sets how many bytes of events a job's channel keeps. If a job yields more, late subscribers miss the beginning,
         * and a gap reports it. A single event larger than the limit is treated as in {@link #historyBytes}.
         *
         * @param max the number, 16 MiB by default
         * @return this builder
         * @throws IllegalArgumentException if it is negative
         */
        Builder jobBytes(long max);

        /**
         * Sets how long a job is remembered after its end.
         *
         * @param time the time, 10 minutes by default
         * @return this builder
         * @throws IllegalArgumentException if it is not positive
         */
        Builder jobsKept(Duration time);

        /**
         * Sets how many channels there may be at once, those of jobs included. At the maximum, the channel that was
         * unused for longest is removed with its history, or the job that ended and was unused for longest is
         * forgotten. A channel with subscribers and a running job are never removed. If all are in use, a new name is
         * refused: the call throws {@link ChannelUnavailableException} and can be repeated later.
         *
         * <p>On Redis, it is the number of channels that this server reads for its subscribers.
         *
         * @param max the number, 10,000 by default
         * @return this builder
         * @throws IllegalArgumentException if it is less than 1
         */
        Builder maxChannels(int max);

        /**
         * Sets how much memory the histories of all channels and jobs may use together. It is counted as an upper bound:
         * the frame of each event, two bytes for each character of its text, and 256 bytes more. At the maximum, the
         * channels that were unused for longest are removed, as with {@link #maxChannels}. If all others are in use, the
         * channel that publishes drops its own oldest events, and a new name is refused. Subscribers that keep up lose
         * nothing; those that come back later get a gap.
         *
         * <p>On Redis, it limits the copies on this server: at the maximum, a channel's copy drops its oldest events, which
         * are then read from Redis again. What Redis itself holds is limited by {@link #historyAge} and by its
         * {@code maxmemory}.
         *
         * @param max the number of bytes, a quarter of the largest heap of the JVM by default
         * @return this builder
         * @throws IllegalArgumentException if it is negative
         */
        Builder totalHistoryBytes(long max);

        /**
         * Sets the JSON encoder for objects without built-in support, such as records. Without it they are rejected.
         *
         * @param encoder returns the JSON text of an object, such as {@code jsonb::toJson}
         * @return this builder
         */
        Builder jsonEncoder(Function<Object, String> encoder);

        /**
         * Creates the channels. Each call creates a registry of its own, which shares no channel in memory with another.
         *
         * @return a new registry without channels
         */
        Channels build();
    }

    /**
     * Returns a channel by its name. Nothing is created until it is used.
     *
     * @param name the name
     * @return the channel
     * @throws IllegalArgumentException if the name is invalid
     */
    Channel channel(String name);

    /**
     * Starts a job under a new, unguessable id.
     *
     * @param job the work
     * @return the id
     * @throws ChannelUnavailableException if the store can't be reached, this registry was closed, or it has {@link
     *     Builder#maxChannels} channels in use
     */
    String start(Job job);

    /**
     * Starts a job unless a job with this id is running or still remembered.
     *
     * @param id an id chosen by the caller
     * @param job the work
     * @return whether this call started it
     * @throws IllegalArgumentException if the id is invalid
     * @throws ChannelUnavailableException if the store can't be reached, this registry was closed, or it has {@link
     *     Builder#maxChannels} channels in use
     */
    boolean start(String id, Job job);

    /**
     * Returns the events of a job, to subscribe to; only the job itself publishes them. Its subscribers start at the first event, or after their last event
     * id. The channel ends with the job. If the job did not return normally, the last event is an {@code event: error}
     * with the data {@code {"error":"internal","ref":"..."}} if it threw, {@code {"error":"cancelled"}} if it was
     * cancelled, or {@code {"error":"lost"}} if its server died.
     *
     * @param id the job's id, any string
     * @return its events; empty if the job is unknown
     * @throws ChannelUnavailableException if the store can't be reached, or this registry was closed
     */
    Optional<Source> job(String id);

    /**
     * Cancels a job: its thread is interrupted, its sink accepts no more events, and its subscribers get an error
     * event.
     *
     * @param id the job's id, any string
     * @return whether it was running
     * @throws ChannelUnavailableException if the store can't be reached, or this registry was closed
     */
    boolean cancel(String id);

    /** Cancels the jobs that run on this server, and closes its subscriptions. */
    @Override
    void close();
}
