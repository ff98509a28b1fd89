package io.flosse.examples;

import io.flosse.auth.Tickets;
import io.flosse.examples.streams.Admin;
import io.flosse.examples.streams.Burst;
import io.flosse.examples.streams.Complete;
import io.flosse.examples.streams.Fail;
import io.flosse.examples.streams.FailFirst;
import io.flosse.examples.streams.Idle;
import io.flosse.examples.streams.Limited;
import io.flosse.examples.streams.Me;
import io.flosse.examples.streams.Progress;
import io.flosse.examples.streams.Resume;
import io.flosse.examples.streams.Secure;
import io.flosse.examples.streams.Styles;
import io.flosse.examples.streams.Ticks;
import io.helidon.webserver.http.HttpRules;
import io.helidon.webserver.http.HttpService;
import io.helidon.webserver.security.SecurityFeature;
import io.helidon.webserver.security.SecurityHandler;

/** Registers the streams of the examples at their paths. */
final class Streams implements HttpService {

    /** Authenticates the user if possible; the stream's permissions decide whether anonymous requests are denied. */
    private static final SecurityHandler AUTHENTICATE =
            SecurityFeature.authenticate().authenticationOptional();

    private final Tickets tickets;

    Streams(Tickets tickets) {
        this.tickets = tickets;
    }

    @Override
    public void routing(HttpRules rules) {
        rules.get("/sse/progress", Progress.route())
                .get("/sse/styles", Styles.route())
                .get("/sse/secure", Secure.route())
                .get("/sse/me", AUTHENTICATE, Me.handler(tickets))
                .get("/sse/admin", AUTHENTICATE, Admin.route())
                .get("/sse/ticks", Ticks.route())
                .get("/sse/burst", Burst.route())
                .get("/sse/idle", Idle::handle)
                .get("/sse/resume", Resume.route())
                .get("/sse/fail", Fail.route())
                .get("/sse/fail-first", FailFirst.route())
                .get("/sse/limited", Limited.route())
                .post("/sse/complete", Complete.route());
    }
}
