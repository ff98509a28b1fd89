package io.flosse.examples;

import static org.assertj.core.api.Assertions.assertThat;

import io.flosse.examples.fixture.Browser;
import io.flosse.examples.fixture.ExamplesServer;
import io.flosse.testing.SseClient;
import io.flosse.tools.NeedsTools;
import io.flosse.tools.Tool;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.openqa.selenium.Keys;

/** The page of the examples server in Chromium: each card shows its stream. */
@NeedsTools({Tool.CHROMIUM, Tool.CHROMEDRIVER})
class PageIT {

    @AutoClose
    private static Browser browser;

    @AutoClose
    private static ExamplesServer server;

    @BeforeAll
    static void start() throws Exception {
        browser = Browser.start();
        server = ExamplesServer.start();
    }

    @BeforeEach
    void open() {
        browser.open(server);
        browser.await("progress-state", "OPEN");
    }

    /** Chromium logs every status of 400 and above, so a test may cause such messages of its own. */
    @AfterEach
    void consoleHasNoUnexpectedMessages() {
        assertThat(browser.console()).allMatch(entry -> entry.matches(".*/sse/\\S+ - .* the server responded with .*"));
    }

    @Test
    void progressRunsOnceToItsEnd() throws Exception {
        long before = openedStreams();
        browser.open(server); // loading the page starts the stream
        browser.await("progress-status", "Complete. It ran once, and the browser has stopped.");
        assertThat(browser.text("progress-state")).isEqualTo("CLOSED");
        assertThat(browser.text("progress-opens")).isEqualTo("1");
        assertThat(browser.text("progress-events")).isEqualTo("12");
        assertThat(browser.text("progress-pct")).isEqualTo("100 %");
        assertThat(browser.text("progress-log")).contains("complete All done!", "end {}");
        // The browser stopped, so it has received the 204.
        assertThat(openedStreams()).isEqualTo(before + 1);
        try (SseClient streams = SseClient.connect(server.uri("/streams"), "Accept: */*")) {
            assertThat(streams.body()).doesNotContain("/sse/progress");
        }
        assertThat(browser.console()).isEmpty();
        browser.saveScreenshot("progress");
    }

    private static long openedStreams() {
        try (SseClient metrics = SseClient.connect(server.uri("/observe/metrics"), "Accept: text/plain")) {
            // The JVM may also have meters of other servers.
            Matcher opened = Pattern.compile(
                            "flosse_streams_opened_total\\{[^}]*port=\"" + server.port() + "\"[^}]*} (\\d+)")
                    .matcher(metrics.body());
            assertThat(opened.find()).isTrue();
            return Long.parseLong(opened.group(1));
        }
    }

    @Test
    void idleAndEndlessStreamsCanBeStopped() {
        browser.press("ticks", "start");
        browser.await("ticks-count", "3");
        assertThat(browser.text("ticks-latest")).matches("\\d+\\.\\d ms");
        browser.press("ticks", "stop");
        browser.await("ticks-state", "CLOSED");

        browser.press("idle", "start");
        browser.await("idle-log", "open {}");
        browser.press("idle", "raw");
        browser.await("idle-heartbeats", "2"); // the first comment opens the stream
        browser.press("idle", "raw");
        browser.press("idle", "stop");
        browser.await("idle-status", "Stopped.");
    }

    @Test
    void cardsShowTheStreamAsReceived() {
        browser.press("styles", "start");
        browser.await("styles-status", "The stream has ended.");
        browser.await("styles-log", "id: evt-42\nevent: update\ndata: {\"count\":1}\n");
        browser.await("styles-log", ": note\n\nid: flosse:end\nevent: end\ndata: {}\n");

        browser.press("burst", "start");
        browser.await("burst-status", "The stream has ended.");
        assertThat(browser.text("burst-events")).isEqualTo("100001");

        browser.type("complete-prompt", "One loop, one stream.");
        browser.press("complete", "start");
        browser.await("complete-status", "The stream has ended.");
        assertThat(browser.text("complete-text")).isEqualTo("One loop, one stream.");
        browser.type("complete-prompt", " ");
        browser.press("complete", "start");
        browser.await("complete-status", "Refused before the first byte: 400");
    }

    @ParameterizedTest
    @CsvSource({
        "me, ann, ann, 200 OK",
        "me, '', '', 401 Unauthorized",
        "me, ann, wrong, 401 Unauthorized",
        "admin, root, root, 200 OK",
        "admin, ann, ann, 403 Forbidden"
    })
    void credentialsDecideTheStatus(String card, String user, String password, String status) {
        browser.type(card + "-user", user);
        browser.type(card + "-password", password);
        browser.press(card, "start");
        browser.await(card + "-http", status);
        browser.await(card + "-log", status.startsWith("200") ? "{\"name\":\"" + user + "\"}" : "");
    }

    @Test
    void secureShowsDataOrRefusal() {
        browser.press("secure", "start");
        browser.await("secure-log", "data: top secret data");
        browser.type("secure-key", "guess");
        browser.press("secure", "start");
        browser.await("secure-http", "403 Forbidden");
    }

    @Test
    void limitedShowsTheRefusalAndTheRetryTime() {
        browser.press("limited", "start");
        browser.await("limited-slots", "200, open");
        browser.press("limited", "start");
        browser.await("limited-slots", "200, open200, open");
        browser.press("limited", "start");
        browser.await("limited-slots", "200, open200, open429, Retry-After 5 s");
        browser.run("document.getElementById('limited-exact').click()");
        browser.press("limited", "start");
        browser.await("limited-slots", "429, Retry-After 5 s200, ended by the server");
        browser.await("limited-log", "retry: ");
        browser.press("limited", "stop");
        browser.await("limited-state", "CLOSED");
    }

    @Test
    void failedStreamsReconnectOrShowTheError() {
        browser.press("resume", "start");
        browser.await("resume-log", "id 100\n");
        browser.press("resume", "drop");
        browser.await("resume-log", "asking again with Last-Event-ID");

        browser.press("fail-first", "start");
        browser.await("fail-first-http", "404 Not Found");
        browser.await("fail-first-log", "There is no such job");

        browser.press("fail", "start");
        browser.await("fail-log", "error {\"error\":\"internal\",\"ref\":");
        browser.await("fail-opens", "2");
        browser.press("fail", "stop");
        browser.await("fail-state", "CLOSED");

        browser.await("resume-status", "Complete: nothing lost, nothing doubled.");
        assertThat(browser.text("resume-last")).isEqualTo("1000");
        assertThat(browser.text("resume-connections")).isEqualTo("2");
    }

    @Test
    void openStreamsAreListed() {
        browser.press("streams", "start");
        browser.await("streams-table", "/sse/progress");
        browser.press("streams", "stop");
    }

    @Test
    void pageIsUsableByKeyboard() {
        browser.keys(Keys.TAB);
        assertThat(focused("textContent")).isEqualTo("Skip to the streams");
        browser.keys(Keys.ENTER);
        tabTo("Start: Styles");
        browser.keys(Keys.SPACE);
        browser.await("styles-status", "The stream has ended.");
        tabTo("Start: Secure");
        browser.keys(Keys.ENTER);
        browser.await("secure-http", "200 OK");
        browser.shiftTab(); // to its field, where Enter also starts the stream
        browser.keys(Keys.END, "2", Keys.ENTER);
        browser.await("secure-http", "403 Forbidden");
        while (!focused("tagName").equals("SUMMARY")) {
            browser.keys(Keys.TAB);
        }
        browser.keys(Keys.ENTER);
        browser.await("secure-source", "sink.yield(\"top secret data\")");
    }

    private static void tabTo(String label) {
        for (int tab = 0; tab < 100; tab++) {
            if (focused("ariaLabel").equals(label)) {
                return;
            }
            browser.keys(Keys.TAB);
        }
        throw new AssertionError("100 presses of the tab key did not focus '" + label + "'");
    }

    private static String focused(String property) {
        return browser.run("return document.activeElement[arguments[0]]", property);
    }

    @ParameterizedTest
    @CsvSource({"desktop, 1280, false", "phone, 390, true"})
    void pageFitsTheScreen(String screen, int width, boolean mobile) throws Exception {
        browser.emulateScreen(width, mobile);
        browser.press("styles", "start");
        browser.await("styles-status", "The stream has ended.");
        browser.saveScreenshot(screen);
        assertThat(browser.run("return document.documentElement.scrollWidth <= innerWidth"))
                .isEqualTo("true");
        assertThat(browser.run("return innerWidth")).isEqualTo(Integer.toString(width));
    }
}
