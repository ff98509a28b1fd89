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
 * What pages of other origins can do with a stream that knows its listener by a cookie. A page of another port of {@code
 * localhost} is of another origin, one of {@code 127.0.0.1} of another site.
 */
@NeedsTools({Tool.CHROMIUM, Tool.CHROMEDRIVER})
class CrossOriginIT {

    private static final String PAGE = """
            <!DOCTYPE html><title>page</title><script>
            var heard = [], errors = 0, state = 0, fetched = "";
            function listen(url) {
              var source = new EventSource(url, {withCredentials: true});
              source.onmessage = event => heard.push(event.data);
              source.onerror = () => { errors++; state = source.readyState; };
            }
            function take(url) {
              fetch(url, {mode: "no-cors", credentials: "include"}).then(r => fetched = r.type, e => fetched = "failed");
            }
            </script>""";

    private final BlockingQueue<String> generated = new LinkedBlockingQueue<>();
    private WebServer page;
    private WebServer stranger;
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
    @SuppressWarnings("removal") // Helidon 4.3 has no other CORS that is set up in code
    void start() {
        page = server(CrossOriginIT::page);
        stranger = server(CrossOriginIT::page);
        String friend = "http://localhost:" + page.port();
        CorsSupport cors = CorsSupport.builder()
                .addCrossOrigin(CrossOriginConfig.builder()
                        .allowOrigins(friend)
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
        Permission noPageOfOthers = Permission.sameOrigin(friend);
        streams = server(routing -> routing.register("/shared", cors)
                .get("/login", (request, response) -> {
                    response.header(HeaderNames.SET_COOKIE, "session=ann; Path=/; HttpOnly; Secure; SameSite=None");
                    response.send("welcome");
                })
                .get("/open", route)
                .get("/shared/open", route)
                .get("/shared/guarded", route.permissions(noPageOfOthers, new IsAuthenticated()))
                .get("/guarded", route.permissions(noPageOfOthers, new IsAuthenticated())));
    }

    private static void page(HttpRouting.Builder routing) {
        routing.get("/", (request, response) -> {
            response.headers().contentType(MediaTypes.TEXT_HTML);
            response.send(PAGE);
        });
    }

    @AfterEach
    void stop() {
        page.stop();
        stranger.stop();
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
    void pageOfAnAllowedOriginListensWithItsCookie() throws Exception {
        try (Browser browser = loggedIn("localhost", page)) {
            for (String path : new String[] {"/shared/open", "/shared/guarded"}) {
                browser.run("heard = []; listen(arguments[0])", url(path));
                Deadline.await(() -> "secret of ann".equals(browser.run("return heard[0]")), "the event of " + path);
            }
            assertThat(browser.run("return errors")).isEqualTo("0");
        }
    }

    /** The browser sends the cookie and opens the stream, and keeps the answer from the page. */
    @Test
    void attackersPageReadsNothingThoughItsRequestRunsTheGenerator() throws Exception {
        try (Browser browser = loggedIn("localhost", stranger)) {
            browser.run("listen(arguments[0])", url("/open"));
            Deadline.await(() -> "2".equals(browser.run("return state")), "EventSource to give up");

            assertThat(browser.run("return heard.length")).isEqualTo("0");
            assertThat(generated.poll(20, TimeUnit.SECONDS)).isEqualTo("/open ann");

            // Without CORS the answer comes as opaque, also past Helidon's CORS: there is no Origin to look at.
            browser.run("take(arguments[0])", url("/shared/open"));
            Deadline.await(() -> "opaque".equals(browser.run("return fetched")), "the answer to fetch");
            assertThat(generated.poll(20, TimeUnit.SECONDS)).isEqualTo("/shared/open ann");
        }
    }

    @Test
    void attackersPageDoesNotEvenOpenAStreamThatAsksForItsOwnOrigin() throws Exception {
        for (String host : new String[] {"localhost", "127.0.0.1"}) {
            try (Browser browser = loggedIn(host, stranger)) {
                for (String path : new String[] {"/shared/guarded", "/guarded"}) {
                    browser.run("state = 0; fetched = ''; listen(arguments[0]); take(arguments[0])", url(path));
                    Deadline.await(() -> "2".equals(browser.run("return state")), "EventSource to give up");
                    Deadline.await(() -> !"".equals(browser.run("return fetched")), "the answer to fetch");
                    assertThat(browser.run("return heard.length")).isEqualTo("0");
                }
            }
        }
        assertThat(generated).isEmpty();
    }
}
