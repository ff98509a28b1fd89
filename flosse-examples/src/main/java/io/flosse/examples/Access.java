package io.flosse.examples;

import io.flosse.auth.Identity;
import io.flosse.auth.Tickets;
import io.flosse.helidon.FlosseFeature;
import io.helidon.common.media.type.MediaTypes;
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
import java.util.Optional;
import java.util.function.Supplier;

/** Issues tickets for {@code /sse/me} to authenticated users, and revokes their tickets and streams. */
final class Access implements HttpService {

    private static final SecurityHandler AUTHENTICATE = SecurityFeature.authenticate();

    private final Tickets tickets;
    private final Supplier<WebServer> server;

    Access(Tickets tickets, Supplier<WebServer> server) {
        this.tickets = tickets;
        this.server = server;
    }

    @Override
    public void routing(HttpRules rules) {
        rules.post("/tickets", AUTHENTICATE, this::issueTicket).post("/revoke", AUTHENTICATE, this::revoke);
    }

    private void issueTicket(ServerRequest request, ServerResponse response) {
        String ticket = tickets.issue(user(request).orElseThrow(), "/sse/me");
        send(response, Json.createObjectBuilder().add("ticket", ticket).build().toString());
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
        send(response, Json.createObjectBuilder().add("ended", ended).build().toString());
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

    private static void send(ServerResponse response, String json) {
        response.headers().contentType(MediaTypes.APPLICATION_JSON);
        response.header(HeaderNames.CACHE_CONTROL, "no-store");
        response.send(json);
    }
}
