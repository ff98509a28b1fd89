package io.flosse.examples;

import static org.assertj.core.api.Assertions.assertThat;

import io.flosse.examples.fixture.TickLatency;
import io.flosse.examples.fixture.Certificate;
import io.flosse.examples.fixture.ExamplesServer;
import io.flosse.examples.fixture.TestServer;
import io.flosse.helidon.Flosse;
import io.flosse.helidon.FlosseFeature;
import io.flosse.tools.Command;
import io.flosse.tools.NeedsTools;
import io.flosse.tools.Tool;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The same stream through curl, and once nghttp, over each protocol that a server speaks. */
class CurlIT {

    private static final String PATH = "/sse/progress?steps=1&delay=PT0S";
    private static final String WHOLE = "retry: 3000\n\nevent: progress\ndata: {\"step\":1,\"total\":1,\"pct\":100}\n\n"
            + "event: complete\ndata: All done!\n\nid: flosse:end\nevent: end\ndata: {}\n\n";

    @TempDir
    private Path folder;

    @Test
    @NeedsTools(Tool.CURL)
    void http11() throws Exception {
        try (ExamplesServer server = ExamplesServer.start()) {
            check(Command.of(Tool.CURL, "--http1.1"), "http://127.0.0.1:" + server.port());
        }
    }

    @Test
    @NeedsTools(Tool.CURL)
    void http2ByPriorKnowledge() throws Exception {
        try (ExamplesServer server = ExamplesServer.start()) {
            check(Command.of(Tool.CURL, "--http2-prior-knowledge"), "http://127.0.0.1:" + server.port());
        }
    }

    @Test
    @NeedsTools(Tool.CURL)
    void http2ByUpgrade() throws Exception {
        try (ExamplesServer server = ExamplesServer.start()) {
            check(Command.of(Tool.CURL, "--http2"), "http://127.0.0.1:" + server.port());
        }
    }

    @Test
    @NeedsTools(Tool.NGHTTP)
    void http2ThroughAnotherClient() throws Exception {
        try (ExamplesServer server = ExamplesServer.start()) {
            String url = "http://127.0.0.1:" + server.port() + PATH;
            assertThat(Command.of(Tool.NGHTTP, "--timeout=60", url).run()).isEqualTo(WHOLE);
        }
    }

    @Test
    @NeedsTools(Tool.CURL)
    void tls() throws Exception {
        try (ExamplesServer server = ExamplesServer.start(Certificate.configuration(folder))) {
            check(Command.of(Tool.CURL, "--insecure", "--http1.1"), "https://127.0.0.1:" + server.port());
            check(Command.of(Tool.CURL, "--insecure", "--http2"), "https://127.0.0.1:" + server.port());
        }
    }

    /** On HTTP/1.1 the connection is closed; here others share it. */
    @Test
    @NeedsTools(Tool.CURL)
    void bodyThatDoesNotComeIs408OnHttp2() throws Exception {
        Command curl = Command.of(
                        Tool.CURL, "--http2-prior-knowledge", "-sSN", "--no-progress-meter", "--max-time", "60")
                .with("-w", " %{http_code}", "-T", ".", "-X", "POST");
        try (TestServer server = TestServer.start(
                FlosseFeature.builder().bodyTimeout(Duration.ofSeconds(2)),
                routing -> routing.post(
                        "/echo", Flosse.stream((request, sink) -> sink.yield(request.body(String.class)))))) {
            Command post = curl.with(server.request("/echo").build().uri().toString());
            assertThat(Command.ofShell("printf hello | \"$@\"").before(post).run())
                    .endsWith("data: hello\n\n 200");
            assertThat(Command.ofShell("sleep 6 | \"$@\"").before(post).run()).isEqualTo("The body took too long 408");
        }
    }

    private static void check(Command curl, String url) throws Exception {
        assertThat(curl.with("-sSN", "--max-time", "60", url + PATH).run()).isEqualTo(WHOLE);
        TickLatency.assertTicksAreNotBuffered(curl, url);
    }
}
