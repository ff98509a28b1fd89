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

/** A page in Chromium reconnects by itself after every kind of server failure, without any script for it. */
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

    /** An EventSource that receives any other status would be CLOSED for good. */
    private static void assertReconnected(String card, int opens) {
        Deadline.await(
                () -> Integer.parseInt(browser.text(card + "-opens")) >= opens, "the card " + card + " to reconnect");
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
    void reconnectsAfterTheServerWasFull() throws Exception {
        try (ExamplesServer server =
                ExamplesServer.startProcess(Map.of("server.features.flosse.max-streams", "1", RETRY, "PT1S"))) {
            open(server, "fail");
            browser.await("fail-log", "error");
            SseClient other = occupyTheOnlySlot(server);
            Deadline.await(() -> hasRefused(server, "max-streams"), "the server to refuse the browser");
            int opens = Integer.parseInt(browser.text("fail-opens"));
            other.close();
            browser.await("fail-log", "connection lost");
            assertReconnected("fail", opens + 2); // the refused connection and the stream
        }
    }

    /** Opens a stream before the browser reconnects, which takes a second. Retries if the browser was faster. */
    private static SseClient occupyTheOnlySlot(ExamplesServer server) throws IOException {
        while (true) {
            SseClient other = SseClient.connect(server.uri("/sse/idle"), "Accept: */*");
            if (other.status() == 200) {
                return other;
            }
            other.close();
        }
    }

    @Test
    void reconnectsAfterTheServerDrainedAndWasReplaced() throws Exception {
        int port;
        try (ExamplesServer server =
                ExamplesServer.startProcess(Map.of(RETRY, "PT1S", GRACE, "PT4S", SPREAD, "PT0.5S"))) {
            port = server.port();
            try (NonReadingClient stuck = NonReadingClient.connect(server)) {
                open(server, "fail");
                browser.await("fail-log", "error");
                stuck.awaitBlockedWrite();
                server.process().destroy();
                Deadline.await(() -> hasRefused(server, "draining"), "the server to refuse the browser");
                server.process().waitFor();
            }
        }
        int opens = Integer.parseInt(browser.text("fail-opens"));
        try (ExamplesServer next = ExamplesServer.startProcess(Map.of("server.port", Integer.toString(port)))) {
            assertThat(next.port()).isEqualTo(port);
            assertReconnected("fail", opens + 1);
            browser.await("fail-log", "tick");
        }
    }

    @Test
    void resumesWithoutLossOrDuplicateAfterTheServerWasKilled() throws Exception {
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
