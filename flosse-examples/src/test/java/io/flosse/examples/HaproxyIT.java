package io.flosse.examples;

import static org.assertj.core.api.Assertions.assertThat;

import io.flosse.examples.fixture.Deadline;
import io.flosse.examples.fixture.Document;
import io.flosse.examples.fixture.ExamplesServer;
import io.flosse.examples.fixture.ReverseProxy;
import io.flosse.examples.fixture.TickLatency;
import io.flosse.testing.SseClient;
import io.flosse.tools.Command;
import io.flosse.tools.NeedsTools;
import io.flosse.tools.Tool;
import java.net.URI;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Streams behind haproxy with the configuration of docs/deployment.md, but with timeouts of one second. */
@NeedsTools({Tool.HAPROXY, Tool.CURL})
class HaproxyIT {

    @TempDir
    private Path folder;

    @Test
    void eventsAreNotBufferedAndHeartbeatsKeepAnIdleStreamOpen() throws Exception {
        String configuration = Document.page("docs/deployment.md").block("haproxy");
        assertThat(configuration).contains("bind :80", "127.0.0.1:8080", "timeout client 30s", "timeout server 30s");
        try (ExamplesServer server = ExamplesServer.start();
                ReverseProxy proxy =
                        ReverseProxy.haproxy(folder, server.port(), configuration.replace(" 30s", " 1s"))) {
            String url = "http://127.0.0.1:" + proxy.port();
            TickLatency.assertTicksAreNotBuffered(Command.of(Tool.CURL), url);
            try (SseClient client = SseClient.connect(URI.create(url + "/sse/progress?steps=3&delay=PT0S"))) {
                assertThat(client.untilEnd()).hasSize(5);
                assertThat(client.endedCleanly()).isTrue();
            }
            try (SseClient client = SseClient.connect(URI.create(url + "/sse/idle?heartbeat=PT0.3S"))) {
                assertThat(client.next().event()).contains("open");
                Deadline.await(
                        () -> client.comments().size() > 6, // the first comment opens the stream
                        "six heartbeats, which take about two seconds");
                assertThat(openStreams(server)).contains("/sse/idle");
            }
            Deadline.await(() -> openStreams(server).equals("[]"), "the server to end the stream");
        }
    }

    private static String openStreams(ExamplesServer server) {
        try (SseClient streams = SseClient.connect(server.uri("/streams"), "Accept: */*")) {
            return streams.body();
        }
    }
}
