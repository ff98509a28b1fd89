package io.flosse.examples;

import static org.assertj.core.api.Assertions.assertThat;

import io.flosse.examples.fixture.Browser;
import io.flosse.examples.fixture.Deadline;
import io.flosse.examples.fixture.ExamplesServer;
import io.flosse.testing.SseClient;
import io.flosse.tools.NeedsTools;
import io.flosse.tools.Tool;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Base64;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Tickets of the examples server: login, ticket, stream and revocation. */
class TicketIT {

    private static final HttpClient CLIENT = HttpClient.newHttpClient();

    private ExamplesServer server;

    @BeforeEach
    void start() throws Exception {
        server = ExamplesServer.start();
    }

    @AfterEach
    void stop() throws Exception {
        server.close();
    }

    private HttpResponse<String> post(String path, String user) throws Exception {
        String credentials = Base64.getEncoder().encodeToString((user + ":" + user).getBytes(StandardCharsets.UTF_8));
        // On Helidon 4.3 a POST without a body that asks for an upgrade to HTTP/2 never ends.
        HttpRequest.Builder request = HttpRequest.newBuilder(server.uri(path))
                .version(HttpClient.Version.HTTP_1_1)
                .POST(BodyPublishers.noBody());
        if (!user.isEmpty()) {
            request.header("Authorization", "Basic " + credentials);
        }
        return CLIENT.send(request.build(), BodyHandlers.ofString());
    }

    private String ticket(String user) throws Exception {
        HttpResponse<String> response = post("/tickets", user);
        assertThat(response.statusCode()).isEqualTo(200);
        assertThat(response.headers().firstValue("Cache-Control")).contains("no-cache, no-transform");
        return response.body().replaceAll("(?s).*data: (\\S+)\n\n", "$1");
    }

    private String streams() throws Exception {
        return CLIENT.send(HttpRequest.newBuilder(server.uri("/streams")).build(), BodyHandlers.ofString())
                .body();
    }

    private SseClient me(String ticket) {
        return SseClient.connect(server.uri("/sse/me?stay=true&ticket=" + ticket));
    }

    @Test
    @NeedsTools({Tool.CHROMIUM, Tool.CHROMEDRIVER})
    void revocationEndsTheStreamOfAPageThatUsesATicket() throws Exception {
        try (Browser browser = Browser.start()) {
            browser.open(server);
            browser.press("ticket", "start");
            browser.await("ticket-log", "{\"name\":\"ann\"}");
            assertThat(browser.text("ticket-state")).isEqualTo("OPEN");
            assertThat(streams()).contains("\"route\":\"/sse/me\"").doesNotContain("ticket");
            browser.saveScreenshot("ticket-open");

            long revoked = System.nanoTime();
            assertThat(post("/revoke?user=ann", "root").body()).isEqualTo("{\"ended\":1}");
            Deadline.await(() -> !browser.text("ticket-state").equals("OPEN"), "the stream to end");
            Duration took = Duration.ofNanos(System.nanoTime() - revoked);

            System.out.println("Time from POST /revoke to the closed stream in the page: " + took.toMillis() + " ms");
            assertThat(took).isLessThan(Duration.ofSeconds(1));
            // The EventSource reconnects with the used ticket after three seconds, and is refused for good.
            browser.await("ticket-state", "CLOSED");
            assertThat(browser.text("ticket-opens")).isEqualTo("1");
            assertThat(streams()).doesNotContain("/sse/me");
            browser.saveScreenshot("ticket-revoked");

            browser.press("ticket", "start");
            browser.await("ticket-log", "{\"name\":\"ann\"}");
            browser.click("#ticket-logout");
            browser.await("ticket-status", "Logged out: 1 open stream ended");
            browser.await("ticket-state", "CLOSED");
        }
    }

    @Test
    void ticketRequiresLogin() throws Exception {
        assertThat(post("/tickets", "").statusCode()).isEqualTo(401);
        assertThat(post("/tickets", "mallory").statusCode()).isEqualTo(401);
        assertThat(post("/revoke?user=ann", "").statusCode()).isEqualTo(401);
        assertThat(post("/revoke?user=root", "ann").statusCode()).isEqualTo(403);
    }

    /** Each used ticket is remembered for a minute or longer. */
    @Test
    void ticketsOfAUserAreLimitedByRate() throws Exception {
        for (int n = 0; n < 20; n++) {
            assertThat(post("/tickets", "ann").statusCode()).isEqualTo(200);
        }
        HttpResponse<String> refused = post("/tickets", "ann");
        assertThat(refused.statusCode()).isEqualTo(429);
        assertThat(refused.headers().firstValue("Retry-After"))
                .hasValueSatisfying(
                        seconds -> assertThat(Integer.parseInt(seconds)).isBetween(1, 3));
        assertThat(post("/tickets", "root").statusCode()).isEqualTo(200);
    }

    @Test
    void ticketIdentifiesItsUserAndOpensItsRouteOnly() throws Exception {
        String ticket = ticket("ann");
        try (SseClient admin = SseClient.connect(server.uri("/sse/admin?ticket=" + ticket))) {
            assertThat(admin.status()).isEqualTo(401);
        }
        try (SseClient me = me(ticket)) {
            assertThat(me.next().data()).isEqualTo("{\"name\":\"ann\"}");
        }
    }

    @Test
    void replayIsRefusedWhileTheStreamIsOpen() throws Exception {
        String ticket = ticket("ann");
        try (SseClient me = me(ticket)) {
            assertThat(me.next().event()).contains("hello");
            try (SseClient replay = me(ticket)) {
                assertThat(replay.status()).isEqualTo(403);
            }
        }
    }

    @Test
    void reconnectWithTheSameTicketIsAllowed() throws Exception {
        String ticket = ticket("ann");
        for (int connection = 0; connection < 3; connection++) {
            try (SseClient me = me(ticket)) {
                assertThat(me.status()).isEqualTo(200);
                assertThat(me.next().event()).contains("hello");
            }
        }
    }
}
