package io.flosse.examples.clients;

import static org.assertj.core.api.Assertions.assertThat;

import io.flosse.SseEvent;
import io.flosse.SseRequest;
import io.flosse.StreamEndedException;
import io.flosse.Yield;
import io.flosse.auth.Identity;
import io.flosse.auth.Tickets;
import io.flosse.examples.fixture.Browser;
import io.flosse.examples.fixture.Deadline;
import io.flosse.examples.fixture.TestServer;
import io.flosse.helidon.Flosse;
import io.flosse.helidon.FlosseFeature;
import io.flosse.permission.IsAuthenticated;
import io.flosse.throttle.Throttle;
import io.flosse.tools.NeedsTools;
import io.flosse.tools.Tool;
import io.helidon.common.media.type.MediaTypes;
import io.helidon.webserver.http.HttpRouting;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** {@code flosse.js} in Chromium tells every ending of a stream from the others. */
@NeedsTools({Tool.CHROMIUM, Tool.CHROMEDRIVER})
class FlosseJsIT {

    private static final Path FILE = Path.of("src", "main", "resources", "web", "flosse.js");

    /** The page writes a line for each call, without the random part of a wait. */
    private static final String PAGE = """
            <!doctype html><meta charset="utf-8"><title>flosse.js</title><link rel="icon" href="data:,">
            <script type="module">
              import {listen} from "/flosse.js";
              window.lines = [];
              const wait = milliseconds => milliseconds === null ? "gives up" : "waits";
              window.start = (url, options = {}) => window.stream = listen(url, {
                onEvent: ({name, data, id}) => lines.push(`${name} ${id} ${data}`),
                onGap: data => lines.push(`gap ${data}`),
                onError: data => lines.push(`error ${JSON.parse(data).error}`),
                onEnd: () => lines.push("end"),
                onCut: milliseconds => lines.push(`cut, ${wait(milliseconds)}`),
                onRefused: (status, milliseconds) => lines.push(`refused ${status}, ${wait(milliseconds)}`),
                ...options,
              });
            </script>
            """;

    private static final Tickets TICKETS = Tickets.builder().build();
    private static final CountDownLatch LEFT = new CountDownLatch(1);
    private static final AtomicInteger REQUESTS = new AtomicInteger();

    private static Browser browser;
    private static TestServer server;
    private static CuttingProxy proxy;

    @BeforeAll
    static void start() throws Exception {
        browser = Browser.start();
        server = TestServer.start(FlosseFeature.builder().retry(Duration.ofMillis(20)), FlosseJsIT::routes);
        proxy = new CuttingProxy(server.request("/").build().uri().getPort());
    }

    @AfterAll
    static void stop() throws IOException {
        browser.close();
        server.close();
        proxy.close();
    }

    @BeforeEach
    void open() {
        REQUESTS.set(0);
        browser.go("http://127.0.0.1:" + proxy.port() + "/");
        Deadline.await(() -> browser.run("return !!window.start").equals("true"), "the page");
    }

    private static void routes(HttpRouting.Builder routing) {
        routing.get("/", (request, response) -> {
                    response.headers().contentType(MediaTypes.TEXT_HTML);
                    response.send(PAGE);
                })
                .get("/flosse.js", (request, response) -> {
                    response.headers().contentType(MediaTypes.create("text/javascript"));
                    response.send(Files.readAllBytes(FILE));
                })
                .post("/tickets", (request, response) -> response.send(TICKETS.issue(Identity.of("ann"), "/private")))
                .any("/events", Flosse.stream(FlosseJsIT::events))
                .any("/fails", Flosse.stream(FlosseJsIT::fails))
                .any("/cut", Flosse.stream(FlosseJsIT::cut))
                .post("/endless", Flosse.stream(FlosseJsIT::endless))
                .get("/forbidden", Flosse.stream(FlosseJsIT::events).permissions(request -> false))
                .get(
                        "/busy",
                        Flosse.stream(FlosseJsIT::events)
                                .throttles(request -> REQUESTS.incrementAndGet() == 1
                                        ? Throttle.Admission.rejected(Duration.ofMillis(100))
                                        : Throttle.Admission.admitted(() -> {})))
                .get(
                        "/private",
                        Flosse.stream(FlosseJsIT::voidTicketAndCut)
                                .authenticators(TICKETS)
                                .permissions(new IsAuthenticated()));
    }

    private static void events(SseRequest request, Yield sink) {
        sink.yield(SseEvent.of("line 1\n\ncafé 😀").withId("1"));
        sink.yield("gap", "3 missed");
        sink.yield("named", request.method());
    }

    private static void fails(SseRequest request, Yield sink) {
        sink.yield(request.method());
        if (REQUESTS.incrementAndGet() == 1) {
            throw new IllegalStateException("The generator fails once");
        }
    }

    private static void cut(SseRequest request, Yield sink) {
        if (request.lastEventId().isEmpty()) {
            sink.yield(SseEvent.of("first").withId("1"));
            sink.sleep(Duration.ofMillis(50)); // so that the event is not in the packet that the proxy drops
            sink.comment(CuttingProxy.CUT);
            sink.sleep(Duration.ofMinutes(1)); // until the client has left
        }
        sink.yield("after " + request.lastEventId().orElseThrow());
    }

    private static void voidTicketAndCut(SseRequest request, Yield sink) {
        if (request.lastEventId().isEmpty()) {
            TICKETS.revoke(identity -> true);
        }
        cut(request, sink);
    }

    private static void endless(SseRequest request, Yield sink) {
        try {
            while (true) {
                sink.yield(request.body(String.class));
                sink.sleep(Duration.ofMillis(10));
            }
        } catch (StreamEndedException e) {
            LEFT.countDown();
            throw e;
        }
    }

    /** Waits until the page has this many lines, and returns them. */
    private static List<String> lines(int count) {
        Deadline.await(
                () -> Integer.parseInt(browser.run("return lines.length")) >= count,
                count + " lines; the page has " + browser.run("return lines.join()"));
        return List.of(browser.run("return lines.join('|')").split("\\|"));
    }

    @Test
    void eventsGapAndEndAreToldApart() {
        browser.run("start('/events')");
        assertThat(lines(4)).containsExactly("message 1 line 1\n\ncafé 😀", "gap 3 missed", "named 1 GET", "end");
    }

    @Test
    void postIsReadToItsEnd() {
        browser.run("start('/events', {method: 'POST', body: 'hello'})");
        assertThat(lines(4)).endsWith("named 1 POST", "end");
    }

    @Test
    void exceptionIsAnErrorAndGetReconnects() {
        browser.run("start('/fails')");
        assertThat(lines(5)).containsExactly("message  GET", "error internal", "cut, waits", "message  GET", "end");
    }

    @Test
    void exceptionOfAPostIsAnErrorAndNoEnd() {
        browser.run("start('/fails', {method: 'POST'})");
        assertThat(lines(2)).containsExactly("message  POST", "error internal");
        browser.run("start('/events', {method: 'POST'})");
        assertThat(lines(6)).hasSize(6).endsWith("end");
        assertThat(REQUESTS).hasValue(1);
    }

    @Test
    void exceptionOfAPostReconnectsIfTheApplicationWantsIt() {
        browser.run("start('/fails', {method: 'POST', reconnect: true})");
        assertThat(lines(5)).containsExactly("message  POST", "error internal", "cut, waits", "message  POST", "end");
    }

    @Test
    void cutReconnectsAndResumes() {
        browser.run("start('/cut')");
        assertThat(lines(4)).containsExactly("message 1 first", "cut, waits", "message 1 after 1", "end");
    }

    @Test
    void cutOfAPostIsNoEndAndDoesNotReconnect() {
        browser.run("start('/cut', {method: 'POST'})");
        assertThat(lines(2)).containsExactly("message 1 first", "cut, gives up");
    }

    @Test
    void closeIsNoticedByTheServer() throws InterruptedException {
        browser.run("start('/endless', {method: 'POST', body: 'hello'})");
        assertThat(lines(3)).startsWith("message  hello");
        int before = Integer.parseInt(browser.run("stream.close(); return lines.length"));
        assertThat(LEFT.await(20, TimeUnit.SECONDS)).isTrue();
        assertThat(lines(before)).hasSize(before);
    }

    @Test
    void refusalForGoodIsTold() {
        browser.run("start('/forbidden')");
        assertThat(lines(1)).containsExactly("refused 403, gives up");
    }

    @Test
    void temporaryRefusalIsToldAndFollowedByTheStream() {
        browser.run("start('/busy')");
        assertThat(lines(5)).startsWith("refused 429, waits").endsWith("end");
    }

    @Test
    void missingServerIsACut() {
        browser.run("start('http://127.0.0.1:1/', {reconnect: false})");
        assertThat(lines(1)).containsExactly("cut, gives up");
    }

    @Test
    void exceptionOfTheApplicationIsNoCut() {
        browser.run("start('/events', {onGap: () => { throw new Error('of the application'); }})");
        assertThat(lines(3)).containsExactly("message 1 line 1\n\ncafé 😀", "named 1 GET", "end");
    }

    @Test
    void refusedTicketIsFetchedAgain() {
        browser.run("start('/private', {ticket: async () => {"
                + " lines.push('ticket');"
                + " return (await fetch('/tickets', {method: 'POST'})).text(); }})");
        assertThat(lines(6))
                .containsExactly("ticket", "message 1 first", "cut, waits", "ticket", "message 1 after 1", "end");
    }

    @Test
    void fileIsOneModuleOfAtMost150Lines() throws IOException {
        assertThat(Files.readAllLines(FILE))
                .hasSizeLessThanOrEqualTo(150)
                .noneMatch(line -> line.startsWith("import "));
    }
}
