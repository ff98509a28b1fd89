package io.flosse.examples.streams;

import io.flosse.SseRequest;
import io.flosse.SseView;
import io.flosse.Yield;
import io.flosse.auth.Authenticator;
import io.flosse.auth.Tickets;
import io.flosse.helidon.Flosse;
import io.flosse.helidon.SseRoute;
import io.flosse.permission.IsAuthenticated;
import io.flosse.permission.Permission;
import io.helidon.webserver.http.Handler;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/**
 * A class-based view for authenticated users. They log in by HTTP basic or by a ticket. A browser's EventSource needs a
 * ticket, because it cannot send an Authorization header.
 */
public class Me extends SseView {

    Me() {}

    /**
     * Handles requests with a ticket without a challenge for HTTP basic: because of a challenge, a browser would open
     * its login window over the page.
     */
    public static Handler handler(Tickets tickets) {
        SseRoute byPassword = Flosse.stream(new Me());
        SseRoute byTicket = byPassword.authenticators(tickets);
        return (request, response) ->
                (request.query().contains("ticket") ? byTicket : byPassword).handle(request, response);
    }

    @Override
    public List<Authenticator> authenticators() {
        return List.of(Flosse.helidonSecurity().withChallenge("Basic realm=\"flosse\""));
    }

    /** Refuses pages of other sites first: a browser adds the password of HTTP basic to their requests too. */
    @Override
    public List<Permission> permissions() {
        return List.of(Permission.sameOrigin(), new IsAuthenticated());
    }

    @Override
    public void generate(SseRequest request, Yield sink) throws InterruptedException {
        String name = request.identity().orElseThrow().name();
        sink.yield("hello", Map.of("name", name));
        if (request.query("stay").isPresent()) {
            Thread.sleep(Duration.ofDays(365)); // until the client disconnects or is revoked
        }
    }
}
