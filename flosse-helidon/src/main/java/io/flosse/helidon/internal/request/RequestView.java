package io.flosse.helidon.internal.request;

import io.flosse.SseRequest;
import io.flosse.auth.Identity;
import io.flosse.internal.LogSanitizer;
import io.helidon.http.HeaderNames;
import io.helidon.webserver.http.ServerRequest;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * An {@link SseRequest} that reads from Helidon's request. Helidon parses the query and the cookies at their first use
 * and without a lock, so the methods that read them are synchronized.
 */
public final class RequestView implements SseRequest {

    private final ServerRequest request;
    private final RequestBody body;
    private final CleanupStack cleanup;
    private final String remoteAddress;
    private final Optional<String> lastEventIdParameter;

    /** The revocations before the authenticators have returned. Later ones are tested at once, so that none is kept. */
    private final Queue<Predicate<Identity>> revocations = new ConcurrentLinkedQueue<>();

    private volatile Optional<Identity> identity = Optional.empty();

    /** Whether the authenticators have returned. */
    private volatile boolean authenticated;

    private volatile boolean revoked;

    /** Whether {@link #identity()} was called since the last {@link #takeIdentityRequested()}. */
    private volatile boolean identityRequested;

    /**
     * Whether a requested header, cookie, query parameter or path parameter was present since the last {@link
     * #resetFoundCredentials()}.
     */
    private volatile boolean foundCredentials;

    /**
     * Creates a view.
     *
     * @param lastEventIdParameter the query parameter that stands for a missing {@code Last-Event-ID}
     */
    public RequestView(
            ServerRequest request,
            RequestBody body,
            CleanupStack cleanup,
            int trustedHops,
            Optional<String> lastEventIdParameter) {
        this.request = request;
        this.body = body;
        this.cleanup = cleanup;
        this.remoteAddress = ClientAddress.of(request, trustedHops);
        this.lastEventIdParameter = lastEventIdParameter;
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
        Optional<String> value = request.path().pathParameters().first(name).asOptional();
        recordFound(value.stream().toList());
        return value;
    }

    @Override
    public synchronized List<String> queryAll(String name) {
        try {
            return recordFound(List.copyOf(request.query().all(name, List::of)));
        } catch (IndexOutOfBoundsException helidon43) {
            // On HTTP/2, Helidon 4.3 does not check the query before.
            throw Failure.badRequest("The query is invalid: two hexadecimal digits must follow each %", where());
        }
    }

    @Override
    public synchronized List<String> headerAll(String name) {
        List<String> values = request.headers().all(HeaderNames.create(name), List::of);
        return recordFound(name.equalsIgnoreCase("Host") ? authority().orElse(values) : List.copyOf(values));
    }

    /** Returns the pseudo header of HTTP/2 that replaces {@code Host}; Helidon 4.3 does not copy it to the headers. */
    private Optional<List<String>> authority() {
        return Optional.of(request)
                .filter(it -> it.prologue().protocolVersion().startsWith("2"))
                .map(ServerRequest::authority)
                .filter(authority -> !authority.isEmpty())
                .map(List::of);
    }

    @Override
    public synchronized Optional<String> cookie(String name) {
        Optional<String> value = request.headers().cookies().first(name).asOptional();
        recordFound(value.stream().toList());
        return value;
    }

    private List<String> recordFound(List<String> values) {
        if (!values.isEmpty()) {
            foundCredentials = true;
        }
        return values;
    }

    @Override
    public Optional<String> lastEventId() {
        return SseRequest.super
                .lastEventId()
                .or(() -> lastEventIdParameter.flatMap(this::query).flatMap(this::asHeader));
    }

    /** Treats an id of the query as the server treats a header: without white space around it, no control characters. */
    private Optional<String> asHeader(String id) {
        if (id.chars().anyMatch(c -> c != '\t' && (c < ' ' || c == 0x7f))) {
            throw Failure.badRequest("The last event id in the query contains a control character", where());
        }
        return Optional.of(id.replaceAll("^[ \t]+|[ \t]+$", "")).filter(value -> !value.isEmpty());
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
        identityRequested = true;
        return identity;
    }

    @Override
    public <T> Optional<T> unwrap(Class<T> type) {
        // Reads of the unwrapped request are not recorded, so an Authorization header counts as read.
        if (request.headers().contains(HeaderNames.AUTHORIZATION)) {
            foundCredentials = true;
        }
        return type.isInstance(request) ? Optional.of(type.cast(request)) : Optional.empty();
    }

    @Override
    public void onDone(Runnable action) {
        cleanup.addUserCallback(action, "An onDone action of " + where());
    }

    /** Returns the path for log messages. It is sanitized, because it is decoded from what the client sent. */
    public String where() {
        return LogSanitizer.of(path());
    }

    /** Returns the path pattern of the route, as in {@code /sse/channels/{name}}. */
    public synchronized String route() {
        return LogSanitizer.of(RoutePattern.of(request));
    }

    /** Sets the identity that the authenticators have found; null for an anonymous request. */
    public void identity(@Nullable Identity identity) {
        this.identity = Optional.ofNullable(identity);
        authenticated = true;
    }

    /** Returns the identity without recording that it was requested. */
    public Optional<Identity> peekIdentity() {
        return identity;
    }

    /** Returns whether {@link #identity()} was called since the last call of this method. */
    public boolean takeIdentityRequested() {
        boolean requested = identityRequested;
        identityRequested = false;
        return requested;
    }

    /** Resets {@link #foundCredentials()}; called before the authenticators. */
    public void resetFoundCredentials() {
        foundCredentials = false;
    }

    /** Returns whether a header, cookie, query or path parameter was present that was read since the last reset. */
    public boolean foundCredentials() {
        return foundCredentials;
    }

    /** Records a revocation that takes place while this request is being admitted. */
    public void revoke(Predicate<Identity> identities) {
        if (!authenticated) {
            revocations.add(identities);
        }
        // Read again: the identity may have become known meanwhile.
        if (authenticated
                && identity.filter(current -> matches(identities, current)).isPresent()) {
            revoked = true;
        }
    }

    /** Returns whether a recorded revocation matches the identity of this request. */
    public boolean isRevoked() {
        return revoked
                || identity.filter(current -> revocations.stream().anyMatch(identities -> matches(identities, current)))
                        .isPresent();
    }

    /**
     * Returns whether a predicate matches. If it throws, it counts as a match, so that no revoked identity is admitted.
     */
    private boolean matches(Predicate<Identity> identities, Identity current) {
        try {
            return identities.test(current);
        } catch (RuntimeException | Error e) {
            Failure.log(e, "A revocation predicate (tested for a new stream of " + where() + ")");
            return true;
        }
    }
}
