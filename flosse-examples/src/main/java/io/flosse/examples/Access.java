package io.flosse.examples;

import io.flosse.auth.Identity;
import io.flosse.auth.Tickets;
import io.flosse.helidon.Flosse;
import io.flosse.helidon.FlosseFeature;
import io.flosse.helidon.SseRoute;
import io.flosse.permission.IsAuthenticated;
import io.flosse.throttle.Throttle;
import io.helidon.common.media.type.MediaTypes;
import io.helidon.config.Config;
import io.helidon.http.BadRequestException;
import io.helidon.http.ForbiddenException;
import io.helidon.http.HeaderNames;
import io.helidon.security.Role;
import io.helidon.security.SecurityContext;
import io.helidon.security.Subject;
import io.helidon.webserver.WebServer;
import io.helidon.webserver.http.HttpRules;
import io.helidon.webserver.http.HttpService;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import io.helidon.webserver.security.SecurityFeature;
import io.helidon.webserver.security.SecurityHandler;
import jakarta.json.Json;
import java.time.Duration;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * Issues tickets for {@code /sse/me} to authenticated users, and revokes their tickets and streams. How many tickets a
 * user gets in a minute is limited, because each used ticket is remembered.
 */
final class Access implements HttpService {

    private static final SecurityHandler AUTHENTICATE = SecurityFeature.authenticate();

    private final Tickets tickets;
    private final int ticketsPerMinute;
    private final Supplier<WebServer> server;

    Access(Tickets tickets, Config config, Supplier<WebServer> server) {
        this.tickets = tickets;
        this.ticketsPerMinute = config.get("tickets-per-minute").asInt().orElse(20);
        this.server = server;
    }

    @Override
    public void routing(HttpRules rules) {
        rules.post("/tickets", AUTHENTICATE, ticketRoute()).post("/revoke", AUTHENTICATE, this::revoke);
    }

    /** A stream with one event, the ticket: so the limits of a stream apply. */
    private SseRoute ticketRoute() {
        return Flosse.stream((request, sink) ->
                        sink.yield(tickets.issue(request.identity().orElseThrow(), "/sse/me")))
                .permissions(new IsAuthenticated())
                .throttles(Throttle.rate(ticketsPerMinute, Duration.ofMinutes(1), Throttle.perIdentity()));
    }

    /**
     * Revokes the tickets and streams of the current user; an administrator may revoke those of any user. The tickets
     * are revoked first, because a browser could otherwise reconnect with its ticket.
     */
    private void revoke(ServerRequest request, ServerResponse response) {
        Identity user = user(request).orElseThrow();
        String name = request.query()
                .first("user")
                .orElseThrow(() -> new BadRequestException("The query parameter 'user' is missing: add ?user=ann"));
        if (!user.name().equals(name) && !user.roles().contains("admin")) {
            throw new ForbiddenException("Only an administrator may revoke other users");
        }
        tickets.revoke(identity -> identity.name().equals(name));
        int ended = FlosseFeature.of(server.get())
                .revoke(identity -> identity.name().equals(name));
        response.headers().contentType(MediaTypes.APPLICATION_JSON);
        response.header(HeaderNames.CACHE_CONTROL, "no-store");
        response.send(Json.createObjectBuilder().add("ended", ended).build().toString());
    }

    /** Returns the user that Helidon Security has authenticated; empty for an anonymous request. */
    static Optional<Identity> user(ServerRequest request) {
        return request.context()
                .get(SecurityContext.class)
                .flatMap(SecurityContext::user)
                .map(Access::identity);
    }

    private static Identity identity(Subject user) {
        return Identity.of(user.principal().getName())
                .withRoles(user.grants(Role.class).stream().map(Role::getName).toArray(String[]::new));
    }
}
