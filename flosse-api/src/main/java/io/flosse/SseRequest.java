package io.flosse;

import io.flosse.auth.Identity;
import java.util.List;
import java.util.Optional;

/**
 * A read-only view of the request that opens a stream. Any thread may read it while the stream is open.
 *
 * <p>It does not depend on a server, so generators and permissions can be tested without one.
 */
public interface SseRequest {

    /**
     * Returns the HTTP method.
     *
     * @return the method in upper case, such as {@code GET}
     */
    String method();

    /**
     * Returns the requested path, decoded and without the query.
     *
     * @return the path, such as {@code /sse/progress}
     */
    String path();

    /**
     * Returns a parameter of the route's path pattern, as in {@code /sse/channels/{name}}.
     *
     * @param name the parameter's name
     * @return its decoded value, empty if the pattern has no such parameter
     */
    Optional<String> pathParameter(String name);

    /**
     * Returns a query parameter, decoded.
     *
     * @param name the parameter's name
     * @return its first value, empty if there is none
     */
    default Optional<String> query(String name) {
        return queryAll(name).stream().findFirst();
    }

    /**
     * Returns all values of a query parameter, decoded.
     *
     * @param name the parameter's name
     * @return its values in the order of the query, empty if there is none
     */
    List<String> queryAll(String name);

    /**
     * Returns a request header.
     *
     * @param name the header's name, case-insensitive
     * @return its first value, empty if there is none
     */
    default Optional<String> header(String name) {
        return headerAll(name).stream().findFirst();
    }

    /**
     * Returns all values of a request header.
     *
     * @param name the header's name, case-insensitive
     * @return its values, empty if there is none
     */
    List<String> headerAll(String name);

    /**
     * Returns a cookie.
     *
     * @param name the cookie's name
     * @return its value, empty if there is none
     */
    Optional<String> cookie(String name);

    /**
     * Returns the id of the last event that a reconnecting client received: the value of the header {@code
     * Last-Event-ID}. If the client sends none, a route with {@code lastEventIdParameter} reads that query parameter.
     *
     * @return the id, empty on a first connection
     * @see <a href="https://html.spec.whatwg.org/multipage/server-sent-events.html#the-last-event-id-header">WHATWG
     *     9.2.4</a>
     */
    default Optional<String> lastEventId() {
        return header("Last-Event-ID").filter(id -> !id.isEmpty());
    }

    /**
     * Returns the client's address: the peer, or behind proxies the client address seen by the outermost trusted proxy.
     *
     * @return the IP address in its textual form; empty if there is none, as on a Unix domain socket
     */
    String remoteAddress();

    /**
     * Returns the request's body. The server reads all of it, within its size limit, before the stream opens, and after
     * the authenticators, permissions and throttles.
     *
     * <p>If a handler of the application has read the body and passed an object to the route, that object is the body.
     *
     * @param type the type to read it as: {@code String} and {@code byte[]} always, {@code JsonObject} and the other
     *     types of jakarta.json, and any type that the server has JSON support for
     * @param <T> the type
     * @return the body; the empty string or array if the body is empty
     * @throws IllegalArgumentException if the body cannot be read as this type. If the generator throws it before the
     *     stream is open ({@code openOnFirstYield}), the response is 400
     * @throws IllegalStateException if the body has not been read yet, if a handler has passed an object of another type
     *     as the body, or if the server has no support for this type; the response is 500
     */
    <T> T body(Class<T> type);

    /**
     * Returns the authenticated identity.
     *
     * @return the identity from an authenticator, empty if the request is anonymous
     */
    Optional<Identity> identity();

    /**
     * Registers an action that runs when this request is finished. A request is finished when it was refused, or when
     * its stream has ended and its generator has returned. Authenticators and permissions use it to release resources.
     *
     * @param action runs once, on the thread that finishes the request, or immediately if the request is already
     *     finished. Its exceptions are logged
     */
    void onDone(Runnable action);

    /**
     * Returns the server's own request object.
     *
     * @param type its type, such as Helidon's {@code ServerRequest}
     * @param <T> its type
     * @return the request, empty if it is of another type or if there is no server
     */
    <T> Optional<T> unwrap(Class<T> type);
}
