package io.flosse.testing;

import io.flosse.SseRequest;
import io.flosse.auth.Identity;
import io.flosse.internal.Actions;
import jakarta.json.JsonException;
import jakarta.json.JsonReader;
import jakarta.json.JsonValue;
import jakarta.json.spi.JsonProvider;
import java.io.StringReader;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentLinkedDeque;
import org.jspecify.annotations.Nullable;

/**
 * A request built by hand, for tests of generators and permissions without a server. Immutable, except for
 * {@link #done}.
 *
 * <pre>{@code
 * TestRequest.get("/sse/me").withHeader("X-API-Key", "secret").withIdentity(Identity.of("ann"))
 * }</pre>
 */
public final class TestRequest implements SseRequest {

    private final String method;
    private final String path;
    private final Map<String, List<String>> pathParameters;
    private final Map<String, List<String>> query;
    private final Map<String, List<String>> headers;
    private final Map<String, List<String>> cookies;
    private final String remoteAddress;
    private final Object body;
    private final @Nullable Identity identity;
    private final Deque<Runnable> doneActions = new ConcurrentLinkedDeque<>();

    private TestRequest(
            String method,
            String path,
            Map<String, List<String>> pathParameters,
            Map<String, List<String>> query,
            Map<String, List<String>> headers,
            Map<String, List<String>> cookies,
            String remoteAddress,
            Object body,
            @Nullable Identity identity) {
        this.method = method;
        this.path = path;
        this.pathParameters = pathParameters;
        this.query = query;
        this.headers = headers;
        this.cookies = cookies;
        this.remoteAddress = remoteAddress;
        this.body = body;
        this.identity = identity;
    }

    /**
     * Creates a GET request.
     *
     * @param path the path
     * @return a new request, anonymous, from 127.0.0.1
     */
    public static TestRequest get(String path) {
        return new TestRequest("GET", path, Map.of(), Map.of(), Map.of(), Map.of(), "127.0.0.1", "", null);
    }

    /**
     * Creates a POST request.
     *
     * @param path the path
     * @param body the body: text, or an object that {@link #body(Class)} returns
     * @return a new request, anonymous, from 127.0.0.1
     */
    public static TestRequest post(String path, Object body) {
        return new TestRequest("POST", path, Map.of(), Map.of(), Map.of(), Map.of(), "127.0.0.1", body, null);
    }

    /**
     * Returns a copy of this request with one more query parameter.
     *
     * @param name the name
     * @param value the value, decoded
     * @return a new request
     */
    public TestRequest withQuery(String name, String value) {
        return new TestRequest(
                method,
                path,
                pathParameters,
                plus(query, name, value),
                headers,
                cookies,
                remoteAddress,
                body,
                identity);
    }

    /**
     * Returns a copy of this request with one more header.
     *
     * @param name the name, case-insensitive
     * @param value the value
     * @return a new request
     */
    public TestRequest withHeader(String name, String value) {
        Map<String, List<String>> added = plus(headers, name.toLowerCase(Locale.ROOT), value);
        return new TestRequest(method, path, pathParameters, query, added, cookies, remoteAddress, body, identity);
    }

    /**
     * Returns a copy of this request as a reconnecting client sends it.
     *
     * @param id the id of the last event that the client received
     * @return a new request
     */
    public TestRequest withLastEventId(String id) {
        return withHeader("Last-Event-ID", id);
    }

    /**
     * Returns a copy of this request with one more cookie.
     *
     * @param name the name
     * @param value the value
     * @return a new request
     */
    public TestRequest withCookie(String name, String value) {
        Map<String, List<String>> added = plus(cookies, name, value);
        return new TestRequest(method, path, pathParameters, query, headers, added, remoteAddress, body, identity);
    }

    /**
     * Returns a copy of this request with one more parameter of the route's path pattern.
     *
     * @param name the name
     * @param value the value, decoded
     * @return a new request
     */
    public TestRequest withPathParameter(String name, String value) {
        Map<String, List<String>> added = plus(pathParameters, name, value);
        return new TestRequest(method, path, added, query, headers, cookies, remoteAddress, body, identity);
    }

    /**
     * Returns a copy of this request from another address.
     *
     * @param address the IP address
     * @return a new request
     */
    public TestRequest withRemoteAddress(String address) {
        return new TestRequest(method, path, pathParameters, query, headers, cookies, address, body, identity);
    }

    /**
     * Returns a copy of this request with an identity, as an authenticator would set it.
     *
     * @param identity the identity of the client
     * @return a new request
     */
    public TestRequest withIdentity(Identity identity) {
        return new TestRequest(method, path, pathParameters, query, headers, cookies, remoteAddress, body, identity);
    }

    private static Map<String, List<String>> plus(Map<String, List<String>> values, String name, String value) {
        Map<String, List<String>> added = new HashMap<>(values);
        List<String> list = new ArrayList<>(added.getOrDefault(name, List.of()));
        list.add(value);
        added.put(name, List.copyOf(list));
        return Map.copyOf(added);
    }

    @Override
    public String method() {
        return method;
    }

    @Override
    public String path() {
        return path;
    }

    @Override
    public Optional<String> pathParameter(String name) {
        return pathParameters.getOrDefault(name, List.of()).stream().findFirst();
    }

    @Override
    public List<String> queryAll(String name) {
        return query.getOrDefault(name, List.of());
    }

    @Override
    public List<String> headerAll(String name) {
        return headers.getOrDefault(name.toLowerCase(Locale.ROOT), List.of());
    }

    @Override
    public Optional<String> cookie(String name) {
        return cookies.getOrDefault(name, List.of()).stream().findFirst();
    }

    @Override
    public String remoteAddress() {
        return remoteAddress;
    }

    @Override
    public <T> T body(Class<T> type) {
        if (type.isInstance(body)) {
            return type.cast(body);
        }
        if (type == byte[].class) {
            return type.cast(body.toString().getBytes(StandardCharsets.UTF_8));
        }
        if (JsonValue.class.isAssignableFrom(type)) {
            try (JsonReader reader = JsonProvider.provider().createReader(new StringReader(body.toString()))) {
                return type.cast(reader.readValue());
            } catch (JsonException | ClassCastException e) {
                throw new IllegalArgumentException("The body is not a valid " + type.getSimpleName(), e);
            }
        }
        throw new IllegalArgumentException("The body of this TestRequest is a "
                + body.getClass().getName() + ", not a " + type.getName() + ": pass such a body to TestRequest.post");
    }

    @Override
    public Optional<Identity> identity() {
        return Optional.ofNullable(identity);
    }

    @Override
    public <T> Optional<T> unwrap(Class<T> type) {
        return Optional.empty();
    }

    @Override
    public void onDone(Runnable action) {
        doneActions.addFirst(action);
    }

    /**
     * Simulates the end of this request: runs the actions passed to {@link #onDone}, each once, the latest first.
     * Includes actions that are added meanwhile. All actions run even if some fail; then the first failure is thrown,
     * where a server would log it.
     */
    public void done() {
        Actions.runAll(doneActions::pollFirst);
    }
}
