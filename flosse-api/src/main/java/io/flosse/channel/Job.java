package io.flosse.channel;

import io.flosse.Yield;

/**
 * Work that outlives the connection it was asked for on: an answer of a language model, an import.
 *
 * <pre>{@code
 * String id = channels.start(sink -> {
 *     for (String word : answer) {
 *         sink.yield("token", word);
 *     }
 * });
 * }</pre>
 *
 * <p>It runs once, on a virtual thread of its own, and yields into a channel that keeps what it yielded; see
 * {@link Channels#job}.
 */
@FunctionalInterface
public interface Job {

    /**
     * Does the work.
     *
     * @param sink where to yield the events. An event must bring no id, since the channel gives it one; comments are
     *     dropped. Once the job is cancelled it throws {@link io.flosse.StreamEndedException}, which should pass: a job that
     *     swallows it and goes on is slowed down, as {@link Yield} says
     * @throws Exception whatever it likes: subscribers get {@code event: error} with a reference to the log, never the
     *     message
     */
    void run(Yield sink) throws Exception;
}
