package io.flosse.examples;

import static org.assertj.core.api.Assertions.assertThat;

import io.flosse.auth.Identity;
import io.flosse.examples.fixture.Browser;
import io.flosse.examples.fixture.Deadline;
import io.flosse.helidon.Flosse;
import io.flosse.helidon.SseRoute;
import io.flosse.permission.IsAuthenticated;
import io.flosse.permission.Permission;
import io.flosse.tools.NeedsTools;
import io.flosse.tools.Tool;
import io.helidon.common.media.type.MediaTypes;
import io.helidon.cors.CrossOriginConfig;
import io.helidon.http.HeaderNames;
import io.helidon.webserver.WebServer;
import io.helidon.webserver.cors.CorsSupport;
import io.helidon.webserver.http.HttpRouting;
import java.net.InetAddress;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * Access by pages of other origins to a stream that authenticates by a cookie. A page on another port of {@code
 * localhost} has another origin. A page on {@code 127.0.0.1} also belongs to another site.
 */
@NeedsTools({Tool.CHROMIUM, Tool.CHROMEDRIVER})
class CrossOriginIT {

    private static final String PAGE = """
            <!DOCTYPE html><title>page</title><script>
            var received = [], errors = 0, state = 0, fetched = "";
            function listen(url) {
              var source = new EventSource(url, {withCredentials: true});
              source.onmessage = event => received.push(event.data);
              source.onerror = () => { errors++; state = source.readyState; };
            }
            function fetchOpaque(url) {
              fetch(url, {mode: "no-cors", credentials: "include"}).then(r => fetched = r.type, e => fetched = "failed");
            }
            </script>""";

    private final BlockingQueue<String> generated = new LinkedBlockingQueue<>();
    private WebServer trustedPage;
    private WebServer attackerPage;
    private WebServer streams;

    private static WebServer server(Consumer<HttpRouting.Builder> routing) {
        return WebServer.builder()
                .address(InetAddress.getLoopbackAddress())
                .port(0)
                .shutdownHook(false)
                .routing(routing)
                .build()
                .start();
    }

    @BeforeEach
    @SuppressWarnings("removal") // Helidon 4.3 has no other way to configure CORS in code
    void start() {
        trustedPage = server(CrossOriginIT::page);
        attackerPage = server(CrossOriginIT::page);
        String trustedOrigin = "http://localhost:" + trustedPage.port();
        CorsSupport cors = CorsSupport.builder()
                .addCrossOrigin(CrossOriginConfig.builder()
                        .allowOrigins(trustedOrigin)
                        .allowCredentials(true)
                        .build())
                .build();
        SseRoute route = Flosse.stream((request, sink) -> {
                    String name = request.identity().orElseThrow().name();
                    generated.add(request.path() + " " + name);
                    sink.yield("secret of " + name);
                    Thread.sleep(60_000);
                })
                .authenticators(request -> request.cookie("session").map(Identity::of))
                .permissions(new IsAuthenticated());
        Permission trustedOriginOnly = Permission.sameOrigin(trustedOrigin);
        streams = server(routing -> routing.register("/shared", cors)
                .get("/login", (request, response) -> {
                    response.header(HeaderNames.SET_COOKIE, "session=ann; Path=/; HttpOnly; Secure; SameSite=None");
                    response.send("welcome");
                })
                .get("/open", route)
                .get("/shared/open", route)
                .get("/shared/guarded", route.permissions(trustedOriginOnly, new IsAuthenticated()))
                .get("/guarded", route.permissions(trustedOriginOnly, new IsAuthenticated())));
    }

    private static void page(HttpRouting.Builder routing) {
        routing.get("/", (request, response) -> {
            response.headers().contentType(MediaTypes.TEXT_HTML);
            response.send(PAGE);
        });
    }

    @AfterEach
    void stop() {
        trustedPage.stop();
        attackerPage.stop();
        streams.stop();
    }

    private String url(String path) {
        return "http://localhost:" + streams.port() + path;
    }

    private Browser loggedIn(String pageHost, WebServer page) throws Exception {
        Browser browser = Browser.start();
        browser.go(url("/login"));
        browser.go("http://" + pageHost + ":" + page.port() + "/");
        return browser;
    }

    @Test
    void pageOfAnAllowedOriginReceivesEventsWithItsCookie() throws Exception {
        try (Browser browser = loggedIn("localhost", trustedPage)) {
            for (String path : new String[] {"/shared/open", "/shared/guarded"}) {
                browser.run("received = []; listen(arguments[0])", url(path));
                Deadline.await(() -> "secret of ann".equals(browser.run("return received[0]")), "an event of " + path);
            }
            assertThat(browser.run("return errors")).isEqualTo("0");
        }
    }

    /** The browser sends the cookie and opens the stream, but hides the response from the page. */
    @Test
    void attackerPageReadsNothingAlthoughItsRequestRunsTheGenerator() throws Exception {
        try (Browser browser = loggedIn("localhost", attackerPage)) {
            browser.run("listen(arguments[0])", url("/open"));
            Deadline.await(() -> "2".equals(browser.run("return state")), "the EventSource to close");

            assertThat(browser.run("return received.length")).isEqualTo("0");
            assertThat(generated.poll(20, TimeUnit.SECONDS)).isEqualTo("/open ann");

            // A no-cors request has no Origin header, so Helidon's CORS handler lets it pass. Its response is opaque.
            browser.run("fetchOpaque(arguments[0])", url("/shared/open"));
            Deadline.await(() -> "opaque".equals(browser.run("return fetched")), "the result of fetch");
            assertThat(generated.poll(20, TimeUnit.SECONDS)).isEqualTo("/shared/open ann");
        }
    }

    @Test
    void attackerPageCannotOpenAStreamWithTheSameOriginPermission() throws Exception {
        for (String host : new String[] {"localhost", "127.0.0.1"}) {
            try (Browser browser = loggedIn(host, attackerPage)) {
                for (String path : new String[] {"/shared/guarded", "/guarded"}) {
                    browser.run("state = 0; fetched = ''; listen(arguments[0]); fetchOpaque(arguments[0])", url(path));
                    Deadline.await(() -> "2".equals(browser.run("return state")), "the EventSource to close");
                    Deadline.await(() -> !"".equals(browser.run("return fetched")), "the result of fetch");
                    assertThat(browser.run("return received.length")).isEqualTo("0");
                }
            }
        }
        assertThat(generated).isEmpty();
    }
}
