package io.flosse.helidon.internal.admission;

import io.flosse.auth.Authenticator;
import io.flosse.auth.Identity;
import io.flosse.helidon.internal.request.Accept;
import io.flosse.helidon.internal.request.CleanupStack;
import io.flosse.helidon.internal.request.Failure;
import io.flosse.helidon.internal.request.JsonSupport;
import io.flosse.helidon.internal.request.RequestBody;
import io.flosse.helidon.internal.request.RequestView;
import io.flosse.helidon.internal.request.TemporaryRefusal;
import io.flosse.helidon.internal.request.UnreadBody;
import io.flosse.helidon.internal.server.FlosseRuntime;
import io.flosse.helidon.internal.settings.RouteSettings;
import io.flosse.helidon.internal.settings.StreamChoice;
import io.flosse.helidon.internal.stream.EventSource;
import io.flosse.helidon.internal.stream.StreamExecution;
import io.flosse.helidon.internal.transport.BodilessResponse;
import io.flosse.internal.BothPermissions;
import io.flosse.internal.Causes;
import io.flosse.internal.InvalidNameException;
import io.flosse.internal.LogSanitizer;
import io.flosse.internal.SameOrigin;
import io.flosse.internal.wire.EventIds;
import io.flosse.permission.Permission;
import io.flosse.throttle.Throttle;
import io.helidon.http.ForbiddenException;
import io.helidon.http.HeaderNames;
import io.helidon.http.HeaderValues;
import io.helidon.http.HttpException;
import io.helidon.http.Method;
import io.helidon.http.Status;
import io.helidon.http.UnauthorizedException;
import io.helidon.webserver.CloseConnectionException;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The processing steps of one request, from content negotiation to the end of its stream.
 *
 * <pre>
 * request -> negotiate -> finished? -> authenticate -> permit -> throttle -> body -> open -> generate -> finish
 *              406          204           401           403       429        413    503, then the first byte
 * </pre>
 *
 * <p>{@code Permission.sameOrigin} is checked before authenticate. HEAD ends before open, with the head of the
 * response. A route with {@code streamIf} chooses after body between the stream and another answer. Its first two steps
 * are part of the stream, so they come after that choice.
 *
 * <p>No step before {@code open} writes a byte of the response body. No step after it changes the status.
 */
public final class Pipeline {

    private static final Logger LOGGER = System.getLogger("io.flosse");

    private final EventSource source;
    private final RouteSettings settings;

    /** The permissions that are checked before any credentials are read. */
    private final List<Permission> earlyPermissions;

    private final List<Permission> permissions;

    public Pipeline(EventSource source, RouteSettings settings) {
        this.source = source;
        this.settings = settings;
        Map<Boolean, List<Permission>> isEarly = BothPermissions.flatten(settings.permissions).stream()
                .collect(Collectors.partitioningBy(SameOrigin.class::isInstance));
        this.earlyPermissions = isEarly.getOrDefault(true, List.of());
        this.permissions = isEarly.getOrDefault(false, List.of());
    }

    /**
     * Processes a request.
     *
     * @param passedBody the body as the application's handler has read it; null if flosse reads it
     */
    public void handle(ServerRequest request, ServerResponse response, @Nullable Object passedBody, UnreadBody unread) {
        FlosseRuntime runtime = FlosseRuntime.of(request).orElseGet(FlosseRuntime::standalone);
        List<Authenticator> authenticators =
                settings.authenticators.orElse(runtime.settings().authenticators());
        JsonSupport json = runtime.json(request.listenerContext().mediaContext());
        RequestBody body = new RequestBody(request, json, passedBody);
        try (CleanupStack cleanup = new CleanupStack()) {
            RequestView view = new RequestView(
                    request, body, cleanup, runtime.settings().trustedHops(), settings.lastEventIdParameter);
            if (settings.streamIf.isEmpty() && isAnsweredAsFinished(view, request, response, unread, runtime)) {
                return;
            }
            cleanup.add(runtime.arriving(view));
            permit(earlyPermissions, view, authenticators, runtime);
            authenticate(view, authenticators);
            permit(permissions, view, authenticators, runtime);
            admit(view, false, cleanup);
            body.read(settings.maxBodySize, runtime.settings().bodyTimeout(), runtime.scheduler());
            if (settings.streamIf.isPresent()) {
                StreamChoice choice = settings.streamIf.get();
                if (!isStream(choice, view)) {
                    answerOtherwise(choice, view, request, response);
                    return;
                }
                if (isAnsweredAsFinished(view, request, response, unread, runtime)) {
                    return;
                }
            }
            StreamExecution execution =
                    new StreamExecution(source, settings, runtime, view, request, response, () -> permits(view));
            if (isMethod(request, Method.HEAD)) {
                execution.answerHead();
            } else {
                execution.run(isGetOrHead(request) ? settings.completionEvent() : Optional.empty(), cleanup);
            }
        } catch (CloseConnectionException e) {
            throw e;
        } catch (RuntimeException | Error e) {
            // Helidon would send the message of an unknown exception to the client.
            RuntimeException answer = Failure.beforeOpen(e, "The route of " + where(request));
            if (!(answer instanceof TemporaryRefusal refusal)) {
                throw answer;
            }
            unread.prepareAnswer();
            refuse(refusal, request, response, runtime);
        }
    }

    /**
     * Negotiates, and answers a client that reconnects to a finished stream.
     *
     * @return whether the request has been answered
     */
    private boolean isAnsweredAsFinished(
            RequestView view,
            ServerRequest request,
            ServerResponse response,
            UnreadBody unread,
            FlosseRuntime runtime) {
        if (isGetOrHead(request)) {
            negotiate(request, runtime);
        }
        boolean isFinished = view.lastEventId().filter(EventIds.END::equals).isPresent(); // 400 if it is invalid
        if (!isFinished || !isGetOrHead(request) || !settings.sendsEndId()) {
            return false;
        }
        unread.prepareAnswer();
        sendOrClose(() -> response.status(Status.NO_CONTENT_204).send(), "the status 204");
        return true;
    }

    private static boolean isMethod(ServerRequest request, Method method) {
        return request.prologue().method().equals(method);
    }

    private static boolean isGetOrHead(ServerRequest request) {
        return isMethod(request, Method.GET) || isMethod(request, Method.HEAD);
    }

    private void refuse(
            TemporaryRefusal refusal, ServerRequest request, ServerResponse response, FlosseRuntime runtime) {
        runtime.observers().refused(refusal.reason());
        boolean alwaysStatus = settings.refuseWithStatus || runtime.settings().refuseWithStatus();
        if (alwaysStatus || !TemporaryRefusal.needsStream(request)) {
            throw refusal.asStatus();
        }
        runtime.observers().refusedDisguised(refusal.reason());
        sendOrClose(() -> refusal.sendAsStream(response), "the refusal");
    }

    private static void negotiate(ServerRequest request, FlosseRuntime runtime) {
        boolean isAcceptable;
        try {
            isAcceptable = Accept.allowsEventStream(request.headers());
        } catch (IllegalArgumentException invalid) {
            runtime.observers().refused("not-acceptable");
            throw Failure.badRequest("The Accept header is invalid: " + invalid.getMessage(), where(request));
        }
        if (!isAcceptable) {
            runtime.observers().refused("not-acceptable");
            throw new HttpException(
                    "This is an event stream: send 'Accept: text/event-stream', or no Accept header",
                    Status.NOT_ACCEPTABLE_406,
                    true);
        }
    }

    private static String where(ServerRequest request) {
        return LogSanitizer.of(request.path().path());
    }

    private static void sendOrClose(Runnable send, String answer) {
        try {
            send.run();
        } catch (RuntimeException e) {
            throw new CloseConnectionException("The client has disconnected before it got " + answer, e);
        }
    }

    /**
     * Admits the request to the throttles that stand before authentication, and authenticates it. The admissions are
     * released afterwards, unless the login failed.
     */
    private void authenticate(RequestView view, List<Authenticator> authenticators) {
        try (CleanupStack loginCleanup = new CleanupStack()) {
            admit(view, true, loginCleanup);
            view.resetFoundCredentials();
            try {
                identify(view, authenticators);
            } catch (HttpException e) {
                // A server error does not count as a failed login.
                if (e.status().family() == Status.Family.CLIENT_ERROR && view.foundCredentials()) {
                    loginCleanup.discard();
                }
                throw e;
            }
            if (view.peekIdentity().isEmpty() && view.foundCredentials()) {
                loginCleanup.discard();
            }
        }
    }

    private static void identify(RequestView view, List<Authenticator> authenticators) {
        try {
            for (Authenticator authenticator : authenticators) {
                Optional<Identity> identity = ask(authenticator, view).filter(Pipeline::isValid);
                if (identity.isPresent()) {
                    view.identity(identity.get());
                    return;
                }
            }
            view.identity(null);
        } catch (Throwable e) {
            throw Failure.beforeOpen(e, "An authenticator of " + view.where());
        }
    }

    /** Asks an authenticator. A name that no identity can have, such as the value of an empty header, identifies nobody. */
    private static Optional<Identity> ask(Authenticator authenticator, RequestView view) {
        try {
            return authenticator.authenticate(view);
        } catch (InvalidNameException e) {
            LOGGER.log(
                    Level.DEBUG,
                    () -> "An authenticator of " + view.where() + " found no identity: "
                            + LogSanitizer.of(e.toString()));
            return Optional.empty();
        }
    }

    private static boolean isValid(Identity identity) {
        return identity.expiry()
                .filter(expiry -> !expiry.isAfter(Instant.now()))
                .isEmpty();
    }

    private void admit(RequestView view, boolean beforeAuthentication, CleanupStack cleanup) {
        for (Throttle throttle : settings.throttles) {
            if (throttle.beforeAuthentication() == beforeAuthentication) {
                Throttle.Admission admission = admission(throttle, view);
                admission.retryAfter().ifPresent(retryAfter -> {
                    throw new TemporaryRefusal(
                            Status.TOO_MANY_REQUESTS_429,
                            "throttle",
                            "Too many streams, or opened too often",
                            retryAfter);
                });
                cleanup.addUserCallback(admission::release, "A throttle of " + view.where());
            }
        }
    }

    private static Throttle.Admission admission(Throttle throttle, RequestView view) {
        try {
            return Objects.requireNonNull(throttle.admit(view));
        } catch (Throwable e) {
            throw Failure.beforeOpen(e, "A throttle of " + view.where());
        }
    }

    private static void permit(
            List<Permission> permissions, RequestView view, List<Authenticator> authenticators, FlosseRuntime runtime) {
        view.takeIdentityRequested();
        for (Permission permission : permissions) {
            boolean allowed;
            try {
                allowed = permission.hasPermission(view);
            } catch (Throwable e) {
                throw Failure.beforeOpen(e, "A permission of " + view.where());
            }
            boolean usedIdentity = view.takeIdentityRequested();
            if (!allowed) {
                runtime.observers().refused("permission");
                throw denial(view, usedIdentity, authenticators);
            }
        }
    }

    /** Returns whether the permissions still allow an open stream; called by each recheck. */
    private boolean permits(RequestView view) {
        return settings.permissions.stream().allMatch(permission -> permission.hasPermission(view));
    }

    private static boolean isStream(StreamChoice choice, RequestView view) {
        try {
            return choice.condition().test(view);
        } catch (Throwable e) {
            throw Failure.beforeOpen(e, "The condition of streamIf of " + view.where());
        }
    }

    /** Answers a request that gets no stream. Once the response has begun, an exception can only cut it. */
    private static void answerOtherwise(
            StreamChoice choice, RequestView view, ServerRequest request, ServerResponse response) {
        if (isMethod(request, Method.HEAD)) {
            BodilessResponse.prepare(response);
        }
        try {
            choice.otherwise().handle(view, response);
        } catch (CloseConnectionException e) {
            throw e;
        } catch (Throwable e) {
            String subject = "The handler of streamIf of " + view.where();
            if (!response.isSent() && response.bytesWritten() == 0) {
                throw Failure.beforeOpen(e, subject);
            }
            if (Causes.any(e, IOException.class::isInstance)) {
                LOGGER.log(
                        Level.DEBUG, () -> subject + " could not send its response: " + LogSanitizer.of(e.toString()));
            } else {
                Failure.log(e, subject);
            }
            throw new CloseConnectionException("The response ended before it was complete", e);
        }
    }

    /**
     * Returns a 401 only if a login could change the decision of the permission that denied the request; else a 403.
     */
    private static HttpException denial(RequestView view, boolean usedIdentity, List<Authenticator> authenticators) {
        Optional<String> challenge = authenticators.stream()
                .flatMap(authenticator -> authenticator.challenge().stream())
                .findFirst();
        if (usedIdentity && view.peekIdentity().isEmpty() && challenge.isPresent()) {
            return new UnauthorizedException("Authentication is needed to listen to this stream")
                    .header(HeaderValues.create(HeaderNames.WWW_AUTHENTICATE, challenge.get()));
        }
        return new ForbiddenException("No permission to listen to this stream");
    }
}
