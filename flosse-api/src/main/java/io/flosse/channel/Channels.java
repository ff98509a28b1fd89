package io.flosse.channel;

import io.flosse.internal.channel.ChannelRegistry;
import java.time.Duration;
import java.util.Optional;
import java.util.function.Function;

/**
 * A registry of named channels, and of jobs that yield into channels.
 *
 * <pre>{@code
 * Channels channels = Channels.inMemory().historyEvents(500).historyAge(Duration.ofHours(1));
 * routing.get("/sse/news", Flosse.subscribe(channels.channel("news").withHistory()));
 * channels.channel("news").publish(SseEvent.of("hello").withEvent("headline"));
 * }</pre>
 *
 * <p>Names and job ids have 1 to 128 characters: ASCII letters, digits and {@code . _ : -}. Any other name causes an
 * {@link IllegalArgumentException}, so a name from a request can only reach its own key or channel.
 *
 * <p>The options ({@code historyEvents} and so on) return a new registry, which shares no channel with this one. Set
 * them before the first use. A history is kept within all three limits. Thread-safe.
 */
public interface Channels extends AutoCloseable {

    /**
     * Creates channels in the memory of this process. They are lost when it ends. A client that reconnects after a
     * restart gets {@code event: gap}, because each incarnation of a channel uses its own ids.
     *
     * @return a new registry without channels
     */
    static Channels inMemory() {
        return ChannelRegistry.inMemory();
    }

    /**
     * Sets how many events a channel keeps for later subscribers.
     *
     * @param max the number, 1000 by default; 0 keeps none
     * @return a new registry
     * @throws IllegalArgumentException if it is negative
     */
    Channels historyEvents(int max);

    /**
     * Sets how many bytes of events a channel keeps, measured as frames on the wire. The text of an event is held next
     * to its frame, so the memory used is two to three times as much. Events larger than the limit are delivered but
     * not kept.
     *
     * @param max the number, 1 MiB by default
     * @return a new registry
     * @throws IllegalArgumentException if it is negative
     */
    Channels historyBytes(long max);

    /**
     * Sets how long a channel keeps an event, and how long an unused channel is kept.
     *
     * @param max the time, 10 minutes by default
     * @return a new registry
     * @throws IllegalArgumentException if it is not positive
     */
    Channels historyAge(Duration max);

    /**
     * Sets how many bytes of events a job's channel keeps. If a job yields more, late subscribers miss the beginning,
     * and a gap reports it.
     *
     * @param max the number, 16 MiB by default
     * @return a new registry
     * @throws IllegalArgumentException if it is negative
     */
    Channels jobBytes(long max);

    /**
     * Sets how long a job is remembered after its end.
     *
     * @param time the time, 10 minutes by default
     * @return a new registry
     * @throws IllegalArgumentException if it is not positive
     */
    Channels jobsKept(Duration time);

    /**
     * Sets the JSON encoder for objects without built-in support, such as records. Without it they are rejected.
     *
     * @param json returns the JSON text of an object, such as {@code jsonb::toJson}
     * @return a new registry
     */
    Channels objects(Function<Object, String> json);

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
     * @throws ChannelUnavailableException if the store can't be reached, or this registry was closed
     */
    String start(Job job);

    /**
     * Starts a job unless a job with this id is running or still remembered.
     *
     * @param id an id chosen by the caller
     * @param job the work
     * @return whether this call started it
     * @throws IllegalArgumentException if the id is invalid
     * @throws ChannelUnavailableException if the store can't be reached, or this registry was closed
     */
    boolean start(String id, Job job);

    /**
     * Returns the channel with the events of a job. Its subscribers start at the first event, or after their last event
     * id. The channel ends with the job. If the job did not return normally, the last event is an {@code event: error}
     * with the data {@code {"error":"internal","ref":"..."}} if it threw, {@code {"error":"cancelled"}} if it was
     * cancelled, or {@code {"error":"lost"}} if its machine died.
     *
     * @param id the job's id, any string
     * @return its channel, to subscribe to; empty if the job is unknown
     * @throws ChannelUnavailableException if the store can't be reached, or this registry was closed
     */
    Optional<Channel> job(String id);

    /**
     * Cancels a job: its thread is interrupted, its sink accepts no more events, and its subscribers get an error
     * event.
     *
     * @param id the job's id, any string
     * @return whether it was running
     * @throws ChannelUnavailableException if the store can't be reached, or this registry was closed
     */
    boolean cancel(String id);

    /** Cancels the jobs that run on this machine, and closes its subscriptions. */
    @Override
    void close();
}
