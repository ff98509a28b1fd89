package io.flosse;

import io.flosse.auth.Identity;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;

/** An {@link SseRequest} with defaults, of which a test sets only the values that it needs. */
public record FakeRequest(
        String method,
        String path,
        Map<String, List<String>> queries,
        Map<String, List<String>> headers,
        String remoteAddress,
        Optional<Identity> identity,
        Queue<Runnable> whenDone)
        implements SseRequest {

    public static FakeRequest from(String address) {
        return get("/sse", Map.of(), address);
    }

    public static FakeRequest withHeaders(Map<String, String> headers) {
        Map<String, List<String>> lists = new java.util.HashMap<>();
        headers.forEach((name, value) -> lists.put(name, List.of(value)));
        return new FakeRequest(
                "GET", "/sse", Map.of(), lists, "127.0.0.1", Optional.empty(), new ConcurrentLinkedQueue<>());
    }

    public static FakeRequest get(String path, Map<String, List<String>> query, String address) {
        return new FakeRequest("GET", path, query, Map.of(), address, Optional.empty(), new ConcurrentLinkedQueue<>());
    }

    public FakeRequest by(String method) {
        return new FakeRequest(method, path, queries, headers, remoteAddress, identity, whenDone);
    }

    public FakeRequest as(Identity who) {
        return new FakeRequest(method, path, queries, headers, remoteAddress, Optional.of(who), whenDone);
    }

    /** Ends the request: runs the callbacks that {@link #onDone} registered. */
    public void done() {
        whenDone.forEach(Runnable::run);
        whenDone.clear();
    }

    @Override
    public Optional<String> pathParameter(String name) {
        return Optional.empty();
    }

    @Override
    public List<String> queryAll(String name) {
        return queries.getOrDefault(name, List.of());
    }

    @Override
    public List<String> headerAll(String name) {
        return headers.getOrDefault(name, List.of());
    }

    @Override
    public Optional<String> cookie(String name) {
        return Optional.empty();
    }

    @Override
    public <T> T body(Class<T> type) {
        throw new UnsupportedOperationException();
    }

    @Override
    public void onDone(Runnable action) {
        whenDone.add(action);
    }

    @Override
    public <T> Optional<T> unwrap(Class<T> type) {
        return Optional.empty();
    }
}
