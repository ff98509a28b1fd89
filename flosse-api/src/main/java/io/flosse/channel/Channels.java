package io.flosse.channel;

import io.flosse.internal.channel.ChannelRegistry;
import java.time.Duration;
import java.util.Optional;
import java.util.function.Function;

/**
 * A family of named channels, and of jobs that yield into channels.
 *
 * <pre>{@code
 * Channels channels = Channels.inMemory().historyEvents(500).historyAge(Duration.ofHours(1));
 * routing.get("/sse/news", Flosse.subscribe(channels.channel("news").withHistory()));
 * channels.channel("news").publish(SseEvent.of("hello").withEvent("headline"));
 * }</pre>
 *
 * <p>Names and job ids have 1 to 128 characters, of the letters and digits of ASCII and {@code . _ : -}; anything else is
 * an {@link IllegalArgumentException}, so that a name from a request can reach no key or channel but its own.
 *
 * <p>The options ({@code historyEvents} and so on) return a new family, which shares no channel with this one: set them
 * before the first use. A history is kept within all of its three bounds. Thread-safe.
 */
public interface Channels extends AutoCloseable {

    /**
     * Channels in the memory of this process. They are gone with it; a client that comes back after a restart is told by
     * {@code event: gap}, because each life of a channel gives out ids of its own.
     *
     * @return a new family without channels
     */
    static Channels inMemory() {
        return ChannelRegistry.inMemory();
    }

    /**
     * How many events a channel keeps for those who come later.
     *
     * @param most the number, 1000 by default; 0 keeps none
     * @return a new family
     * @throws IllegalArgumentException if it is negative
     */
    Channels historyEvents(int most);

    /**
     * How many bytes of events, as they are on the wire, a channel keeps. The text of an event is held beside its frame,
     * so the memory taken is two to three times that. Larger events than this are delivered, but not kept.
     *
     * @param most the number, 1 MiB by default
     * @return a new family
     * @throws IllegalArgumentException if it is negative
     */
    Channels historyBytes(long most);

    /**
     * How long a channel keeps an event, and how long it is remembered itself when it is not used.
     *
     * @param most the time, 10 minutes by default
     * @return a new family
     * @throws IllegalArgumentException if it is not positive
     */
    Channels historyAge(Duration most);

    /**
     * How many bytes of events a job's channel keeps; of a job that yields more, who comes late misses the beginning,
     * told by a gap.
     *
     * @param most the number, 16 MiB by default
     * @return a new family
     * @throws IllegalArgumentException if it is negative
     */
    Channels jobBytes(long most);

    /**
     * How long a job is remembered after its end.
     *
     * @param time the time, 10 minutes by default
     * @return a new family
     * @throws IllegalArgumentException if it is not positive
     */
    Channels jobsKept(Duration time);

    /**
     * How objects that are no JSON by themselves, such as records, are written; without this they are refused.
     *
     * @param json makes the JSON text of an object, such as {@code jsonb::toJson}
     * @return a new family
     */
    Channels objects(Function<Object, String> json);

    /**
     * A channel by its name. Nothing is made until it is used.
     *
     * @param name the name
     * @return the channel
     * @throws IllegalArgumentException if it is no valid name
     */
    Channel channel(String name);

    /**
     * Starts a job under a new id that nobody can guess.
     *
     * @param job the work
     * @return the id
     * @throws ChannelUnavailableException if the store can't be reached, or the family was closed
     */
    String start(Job job);

    /**
     * Starts a job, unless there is or was one with this id that is still remembered.
     *
     * @param id an id of the caller's choice
     * @param job the work
     * @return whether this call started it
     * @throws IllegalArgumentException if it is no valid id
     * @throws ChannelUnavailableException if the store can't be reached, or the family was closed
     */
    boolean start(String id, Job job);

    /**
     * What a job yields and has yielded: a channel whose subscribers begin at the beginning, or after their last event id.
     * It ends with the job. An ending that is not the job's return comes first, as {@code event: error}: {@code
     * {"error":"internal","ref":"..."}} if it threw, {@code {"error":"cancelled"}}, or {@code {"error":"lost"}} if the
     * machine that it ran on has died.
     *
     * @param id the job's id, any string
     * @return its channel, to subscribe to; empty if no such job is known
     * @throws ChannelUnavailableException if the store can't be reached, or the family was closed
     */
    Optional<Channel> job(String id);

    /**
     * Cancels a job: its thread is interrupted, its sink takes no more, its subscribers are told.
     *
     * @param id the job's id, any string
     * @return whether it was running
     * @throws ChannelUnavailableException if the store can't be reached, or the family was closed
     */
    boolean cancel(String id);

    /** Cancels the jobs that run on this machine, and closes its subscriptions. */
    @Override
    void close();
}
