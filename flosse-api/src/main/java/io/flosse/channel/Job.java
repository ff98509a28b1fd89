package io.flosse.channel;

import io.flosse.EventSink;

/**
 * Work that outlives the connection of its request, such as the answer of a language model or an import.
 *
 * <pre>{@code
 * String id = channels.start(sink -> {
 *     for (String word : answer) {
 *         sink.yield("token", word);
 *     }
 * });
 * }</pre>
 *
 * <p>A job runs once, on its own virtual thread, and yields into a channel that keeps its events; see
 * {@link Channels#job}.
 */
@FunctionalInterface
public interface Job {

    /**
     * Runs the job.
     *
     * @param sink receives the events. An event must not have an id, since the channel assigns one. Once the job is cancelled, the sink throws {@link io.flosse.StreamEndedException}. Do not catch it:
     *     a job that swallows it and continues is slowed down, as described in {@link EventSink}
     * @throws Exception any failure. Subscribers get {@code event: error} with a reference to the log, never the
     *     message
     */
    void run(EventSink sink) throws Exception;
}
