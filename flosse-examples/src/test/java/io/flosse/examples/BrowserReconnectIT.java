package io.flosse.examples;

import static org.assertj.core.api.Assertions.assertThat;

import io.flosse.examples.fixture.Browser;
import io.flosse.examples.fixture.Deadline;
import io.flosse.examples.fixture.ExamplesServer;
import io.flosse.examples.fixture.NonReadingClient;
import io.flosse.testing.SseClient;
import io.flosse.tools.NeedsTools;
import io.flosse.tools.Tool;
import java.io.IOException;
import java.util.Map;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Whatever happens to its server, a page in Chromium carries on by itself, without a line of script for that. */
@NeedsTools({Tool.CHROMIUM, Tool.CHROMEDRIVER})
class BrowserReconnectIT {

    private static final String RETRY = "server.features.flosse.retry";
    private static final String GRACE = "server.features.flosse.drain-grace";
    private static final String SPREAD = "server.features.flosse.reconnect-spread";

    @AutoClose
    private static Browser browser;

    @BeforeAll
    static void start() throws Exception {
        browser = Browser.start();
    }

    private static void open(ExamplesServer server, String card) {
        browser.open(server);
        browser.press("progress", "stop");
        browser.await("progress-state", "CLOSED");
        browser.press(card, "start");
    }

    /** An EventSource that was answered with any other status would be CLOSED, and stay so. */
    private static void assertCarriesOn(String card, int opens) {
        Deadline.await(() -> Integer.parseInt(browser.text(card + "-opens")) >= opens, card + " to open again");
        assertThat(browser.text(card + "-state")).isNotEqualTo("CLOSED");
        assertThat(browser.run("return performance.getEntriesByType('resource')"
                        + ".filter(entry => entry.name.includes('/sse/'))"
                        + ".every(entry => [0, 200, 204].includes(entry.responseStatus))"))
                .isEqualTo("true");
    }

    private static String metrics(ExamplesServer server) {
        try (SseClient metrics = SseClient.connect(server.uri("/observe/metrics"), "Accept: text/plain")) {
            return metrics.body();
        }
    }

    private static boolean hasRefused(ExamplesServer server, String reason) {
        return metrics(server).matches("(?s).*flosse_streams_refused_total\\{[^}]*reason=\"" + reason + "\".*");
    }

    @Test
    void afterItsServerWasFull() throws Exception {
        try (ExamplesServer server =
                ExamplesServer.startProcess(Map.of("server.features.flosse.max-streams", "1", RETRY, "PT1S"))) {
            open(server, "fail");
            browser.await("fail-log", "error");
            SseClient other = takeTheOnlyPlace(server);
            Deadline.await(() -> hasRefused(server, "max-streams"), "the browser to be refused");
            int opens = Integer.parseInt(browser.text("fail-opens"));
            other.close();
            browser.await("fail-log", "connection lost");
            assertCarriesOn("fail", opens + 2); // the refusal, and the stream
        }
    }

    /** Another client is faster than the browser, which comes back after a second; if not, it tries again. */
    private static SseClient takeTheOnlyPlace(ExamplesServer server) throws IOException {
        while (true) {
            SseClient other = SseClient.connect(server.uri("/sse/idle"), "Accept: */*");
            if (other.status() == 200) {
                return other;
            }
            other.close();
        }
    }

    @Test
    void afterItsServerDrainedAndWasReplaced() throws Exception {
        int port;
        try (ExamplesServer server =
                ExamplesServer.startProcess(Map.of(RETRY, "PT1S", GRACE, "PT4S", SPREAD, "PT0.5S"))) {
            port = server.port();
            try (NonReadingClient stuck = NonReadingClient.connect(server)) {
                open(server, "fail");
                browser.await("fail-log", "error");
                stuck.awaitBlockedWrite();
                server.process().destroy();
                Deadline.await(() -> hasRefused(server, "draining"), "the browser to be refused");
                server.process().waitFor();
            }
        }
        int opens = Integer.parseInt(browser.text("fail-opens"));
        try (ExamplesServer next = ExamplesServer.startProcess(Map.of("server.port", Integer.toString(port)))) {
            assertThat(next.port()).isEqualTo(port);
            assertCarriesOn("fail", opens + 1);
            browser.await("fail-log", "tick");
        }
    }

    @Test
    void afterItsServerWasKilledWithoutALossOrARepeat() throws Exception {
        int port;
        try (ExamplesServer server = ExamplesServer.startProcess(Map.of())) {
            port = server.port();
            open(server, "resume");
            browser.await("resume-log", "id 100\n");
            server.process().destroyForcibly().waitFor();
        }
        assertThat(browser.text("resume-state")).isNotEqualTo("CLOSED");
        try (ExamplesServer next = ExamplesServer.startProcess(Map.of("server.port", Integer.toString(port)))) {
            assertThat(next.port()).isEqualTo(port);
            browser.await("resume-status", "Complete over 2 connections");
        }
        assertThat(browser.text("resume-last")).isEqualTo("1000");
        assertThat(browser.text("resume-lost")).isEqualTo("0");
        assertThat(browser.text("resume-doubled")).isEqualTo("0");
        assertThat(browser.text("resume-events")).isEqualTo("1001");
    }
}
