package io.flosse;

/**
 * A source of the events of a stream: ordinary blocking code, run on the virtual thread of its connection.
 *
 * <p>The stream is complete when the generator returns. When the client disconnects or the stream reaches its time
 * limit, the thread is interrupted. A blocked {@code sleep}, queue or lock then throws, and {@code finally} blocks run. A
 * route can {@linkplain SseView#interruptOnLeave() do without the interrupt}, for code that it would harm.
 *
 * <p>One generator serves all requests of its route, each on its own thread.
 */
@FunctionalInterface
public interface Generator {

    /**
     * Generates the events of one stream.
     *
     * @param request the request, authenticated and permitted
     * @param sink receives the events
     * @throws Exception any failure. Before the stream opens, the client gets an error status. Afterwards it gets one
     *     {@code event: error} frame without the exception's message. A {@link ServiceUnavailableException} asks the
     *     client to come back later
     */
    void generate(SseRequest request, Yield sink) throws Exception;
}
