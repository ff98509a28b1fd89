package io.flosse;

/**
 * Generates the events of one stream: ordinary blocking code, run on the virtual thread of its connection.
 *
 * <p>When it returns, the stream is complete. When the client leaves or the stream's time is up, the thread is
 * interrupted, so that a blocked {@code sleep}, queue or lock throws and {@code finally} blocks run.
 *
 * <p>One generator serves all requests of its route, each on a thread of its own.
 */
@FunctionalInterface
public interface Generator {

    /**
     * Generates the stream.
     *
     * @param request the request, authenticated and permitted
     * @param sink where to yield the events
     * @throws Exception whatever it likes: before the stream is open an error status, afterwards one {@code event: error}
     *     frame without the exception's message
     */
    void generate(SseRequest request, Yield sink) throws Exception;
}
