package io.flosse.examples;

import static org.assertj.core.api.Assertions.assertThat;

import io.flosse.examples.fixture.Certificate;
import io.flosse.examples.fixture.ExamplesServer;
import io.flosse.examples.fixture.TestServer;
import io.flosse.examples.fixture.TickLatency;
import io.flosse.helidon.Flosse;
import io.flosse.helidon.FlosseFeature;
import io.flosse.tools.Command;
import io.flosse.tools.NeedsTools;
import io.flosse.tools.Tool;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The same stream over every protocol of the server, read by curl and nghttp. */
class CurlIT {

    private static final String PATH = "/sse/progress?steps=1&delay=PT0S";
    private static final String EXPECTED =
            "retry: 3000\nevent: progress\ndata: {\"step\":1,\"total\":1,\"pct\":100}\n\n"
                    + "event: complete\ndata: All done!\n\nid: flosse:end\nevent: end\ndata: {}\n\n";

    @TempDir
    private Path folder;

    @Test
    @NeedsTools(Tool.CURL)
    void http11StreamIsCompleteAndNotBuffered() throws Exception {
        try (ExamplesServer server = ExamplesServer.start()) {
            assertCompleteAndNotBuffered(Command.of(Tool.CURL, "--http1.1"), "http://127.0.0.1:" + server.port());
        }
    }

    @Test
    @NeedsTools(Tool.CURL)
    void http2WithPriorKnowledgeIsCompleteAndNotBuffered() throws Exception {
        try (ExamplesServer server = ExamplesServer.start()) {
            assertCompleteAndNotBuffered(
                    Command.of(Tool.CURL, "--http2-prior-knowledge"), "http://127.0.0.1:" + server.port());
        }
    }

    @Test
    @NeedsTools(Tool.CURL)
    void http2AfterUpgradeIsCompleteAndNotBuffered() throws Exception {
        try (ExamplesServer server = ExamplesServer.start()) {
            assertCompleteAndNotBuffered(Command.of(Tool.CURL, "--http2"), "http://127.0.0.1:" + server.port());
        }
    }

    @Test
    @NeedsTools(Tool.NGHTTP)
    void nghttpReadsTheCompleteStream() throws Exception {
        try (ExamplesServer server = ExamplesServer.start()) {
            String url = "http://127.0.0.1:" + server.port() + PATH;
            assertThat(Command.of(Tool.NGHTTP, "--timeout=60", url).run()).isEqualTo(EXPECTED);
        }
    }

    @Test
    @NeedsTools(Tool.CURL)
    void tlsStreamIsCompleteAndNotBuffered() throws Exception {
        try (ExamplesServer server = ExamplesServer.start(Certificate.configuration(folder))) {
            assertCompleteAndNotBuffered(
                    Command.of(Tool.CURL, "--insecure", "--http1.1"), "https://127.0.0.1:" + server.port());
            assertCompleteAndNotBuffered(
                    Command.of(Tool.CURL, "--insecure", "--http2"), "https://127.0.0.1:" + server.port());
        }
    }

    /** On HTTP/1.1 the connection is closed instead. On HTTP/2 other streams share it. */
    @Test
    @NeedsTools(Tool.CURL)
    void missingBodyIsRefusedWith408OnHttp2() throws Exception {
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

    private static void assertCompleteAndNotBuffered(Command curl, String url) throws Exception {
        assertThat(curl.with("-sSN", "--max-time", "60", url + PATH).run()).isEqualTo(EXPECTED);
        TickLatency.assertTicksAreNotBuffered(curl, url);
    }
}
