package io.flosse.helidon.internal.request;

import io.flosse.SseRequest;
import io.flosse.auth.Identity;
import io.flosse.internal.LogSanitizer;
import io.helidon.common.parameters.Parameters;
import io.helidon.http.HeaderNames;
import io.helidon.webserver.http.ServerRequest;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Helidon's request as an {@link SseRequest}. Helidon parses queries and cookies when they are first asked for, without a
 * lock, so this view takes one.
 */
public final class RequestView implements SseRequest {

    private final ServerRequest request;
    private final RequestBody body;
    private final CleanupStack cleanup;
    private final String remoteAddress;
    private final Queue<Predicate<Identity>> revocations = new ConcurrentLinkedQueue<>();
    private volatile Optional<Identity> identity = Optional.empty();
    private volatile boolean identityAsked;
    private volatile boolean foundWhatWasAskedFor;

    public RequestView(ServerRequest request, RequestBody body, CleanupStack cleanup, int trustedHops) {
        this.request = request;
        this.body = body;
        this.cleanup = cleanup;
        this.remoteAddress = ClientAddress.of(request, trustedHops);
    }

    @Override
    public String method() {
        return request.prologue().method().text();
    }

    @Override
    public String path() {
        return request.prologue().uriPath().path();
    }

    @Override
    public synchronized Optional<String> pathParameter(String name) {
        return request.path().pathParameters().first(name).asOptional();
    }

    @Override
    public synchronized List<String> queryAll(String name) {
        return found(List.copyOf(request.query().all(name, List::of)));
    }

    @Override
    public synchronized List<String> headerAll(String name) {
        return found(List.copyOf(request.headers().all(HeaderNames.create(name), List::of)));
    }

    @Override
    public synchronized Optional<String> cookie(String name) {
        Optional<String> value = request.headers().cookies().first(name).asOptional();
        found(value.stream().toList());
        return value;
    }

    private List<String> found(List<String> values) {
        if (!values.isEmpty()) {
            foundWhatWasAskedFor = true;
        }
        return values;
    }

    @Override
    public String remoteAddress() {
        return remoteAddress;
    }

    @Override
    public <T> T body(Class<T> type) {
        return body.as(type);
    }

    @Override
    public Optional<Identity> identity() {
        identityAsked = true;
        return identity;
    }

    @Override
    public <T> Optional<T> unwrap(Class<T> type) {
        // What is read there is not seen here.
        if (request.headers().contains(HeaderNames.AUTHORIZATION)) {
            foundWhatWasAskedFor = true;
        }
        return type.isInstance(request) ? Optional.of(type.cast(request)) : Optional.empty();
    }

    @Override
    public void onDone(Runnable action) {
        cleanup.addUserCallback(action, "What was to run at the end of " + where());
    }

    /** The path for a log: it comes from outside, and decoded. */
    public String where() {
        return LogSanitizer.of(path());
    }

    /**
     * The path with the names of its parameters in place of their values, as in {@code /sse/channels/{name}}: the same for
     * all requests of a route. (Helidon 4.3 tells the pattern itself on HTTP/1.1 only.)
     */
    public synchronized String route() {
        Parameters parameters = request.path().pathParameters();
        if (parameters.isEmpty()) {
            return where();
        }
        String[] segments = path().split("/", -1);
        for (String name : parameters.names()) {
            for (int i = segments.length - 1; i >= 0; i--) {
                if (segments[i].equals(parameters.get(name))) {
                    segments[i] = "{" + name + "}";
                    break;
                }
            }
        }
        return LogSanitizer.of(String.join("/", segments));
    }

    public void identity(@Nullable Identity identity) {
        this.identity = Optional.ofNullable(identity);
    }

    /** The identity, without being counted as asked for. */
    public Optional<Identity> peekIdentity() {
        return identity;
    }

    /** Whether {@link #identity()} was called since the last time that this was asked. */
    public boolean identityAskedSince() {
        boolean asked = identityAsked;
        identityAsked = false;
        return asked;
    }

    /** Forgets what {@link #foundCredentials} knows. */
    public void authenticating() {
        foundWhatWasAskedFor = false;
    }

    /** Whether the request had a header, cookie or query parameter that was asked for since {@link #authenticating}. */
    public boolean foundCredentials() {
        return foundWhatWasAskedFor;
    }

    /** Somebody's streams are ended while this one, which may become theirs, is on its way. */
    public void revoke(Predicate<Identity> whom) {
        revocations.add(whom);
    }

    public boolean isRevoked() {
        return identity.filter(it -> revocations.stream().anyMatch(whom -> isMeant(whom, it)))
                .isPresent();
    }

    /** No answer is a yes: whom it was to end it must not let pass. */
    private boolean isMeant(Predicate<Identity> whom, Identity listener) {
        try {
            return whom.test(listener);
        } catch (RuntimeException | Error e) {
            Failure.log(e, "A revocation, asked about a new stream of " + where() + ",");
            return true;
        }
    }
}
