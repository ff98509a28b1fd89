package io.flosse;

import io.flosse.auth.Identity;
import java.util.List;
import java.util.Optional;

/**
 * A read-only view of the request that opens a stream, safe to read from any thread for as long as the stream lives.
 *
 * <p>It names no server, so generators and permissions can be tested without one.
 */
public interface SseRequest {

    /**
     * The HTTP method.
     *
     * @return the method in upper case, such as {@code GET}
     */
    String method();

    /**
     * The path as the client asked for it, decoded, without the query.
     *
     * @return the path, such as {@code /sse/progress}
     */
    String path();

    /**
     * A parameter of the route's path pattern, as in {@code /sse/channels/{name}}.
     *
     * @param name the parameter's name
     * @return its decoded value, empty if the pattern has no such parameter
     */
    Optional<String> pathParameter(String name);

    /**
     * A query parameter, decoded.
     *
     * @param name the parameter's name
     * @return its first value, empty if there is none
     */
    default Optional<String> query(String name) {
        return queryAll(name).stream().findFirst();
    }

    /**
     * All values of a query parameter, decoded.
     *
     * @param name the parameter's name
     * @return its values in the order of the query, empty if there is none
     */
    List<String> queryAll(String name);

    /**
     * A request header.
     *
     * @param name the header's name, in any case
     * @return its first value, empty if there is none
     */
    default Optional<String> header(String name) {
        return headerAll(name).stream().findFirst();
    }

    /**
     * All values of a request header.
     *
     * @param name the header's name, in any case
     * @return its values, empty if there is none
     */
    List<String> headerAll(String name);

    /**
     * A cookie.
     *
     * @param name the cookie's name
     * @return its value, empty if there is none
     */
    Optional<String> cookie(String name);

    /**
     * The id of the last event that a reconnecting client has seen.
     *
     * @return the value of {@code Last-Event-ID}, empty on a first connection
     * @see <a href="https://html.spec.whatwg.org/multipage/server-sent-events.html#the-last-event-id-header">WHATWG
     *     9.2.4</a>
     */
    default Optional<String> lastEventId() {
        return header("Last-Event-ID").filter(id -> !id.isEmpty());
    }

    /**
     * Where the request comes from: the peer, or behind proxies the client as the outermost trusted proxy saw it.
     *
     * @return the IP address in its textual form; empty where there is none, as on a Unix domain socket
     */
    String remoteAddress();

    /**
     * The request's body. It was read whole, within the server's bound, before the stream opened.
     *
     * @param type what to read it as: {@code String} and {@code byte[]} always, {@code JsonObject} and the other types of
     *     jakarta.json, and whatever else the server has JSON support for
     * @param <T> the type
     * @return the body; of an empty one the empty string or array
     * @throws IllegalArgumentException if the body is no such value. Where it leaves the generator before the stream is
     *     open ({@code openOnFirstYield}), the answer is 400
     */
    <T> T body(Class<T> type);

    /**
     * Who is asking.
     *
     * @return the identity that an authenticator found, empty if the request is anonymous
     */
    Optional<Identity> identity();

    /**
     * Has something run when this request is done with: it was refused, or its stream has ended and its generator has
     * returned. For what an authenticator or a permission has taken and must give back.
     *
     * @param action run once, on the thread that is done; if the request is done with already, at once. What it throws is
     *     logged
     */
    void onDone(Runnable action);

    /**
     * The server's own request.
     *
     * @param type its type, such as Helidon's {@code ServerRequest}
     * @param <T> its type
     * @return the request, empty if it is of another type, or if there is no server
     */
    <T> Optional<T> unwrap(Class<T> type);
}
