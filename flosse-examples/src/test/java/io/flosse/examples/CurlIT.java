package io.flosse.examples;

import static org.assertj.core.api.Assertions.assertThat;

import io.flosse.helidon.Flosse;
import io.flosse.helidon.FlosseFeature;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
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
    void http11() throws Exception {
        try (ExamplesServer server = ExamplesServer.start()) {
            check(List.of(Tools.require("curl"), "--http1.1"), "http://127.0.0.1:" + server.port());
        }
    }

    @Test
    void http2ByPriorKnowledge() throws Exception {
        try (ExamplesServer server = ExamplesServer.start()) {
            check(List.of(Tools.require("curl"), "--http2-prior-knowledge"), "http://127.0.0.1:" + server.port());
        }
    }

    @Test
    void http2ByUpgrade() throws Exception {
        try (ExamplesServer server = ExamplesServer.start()) {
            check(List.of(Tools.require("curl"), "--http2"), "http://127.0.0.1:" + server.port());
        }
    }

    @Test
    void http2ThroughAnotherClient() throws Exception {
        String nghttp = Tools.require("nghttp");
        try (ExamplesServer server = ExamplesServer.start()) {
            String url = "http://127.0.0.1:" + server.port() + PATH;
            assertThat(Tools.run(List.of(nghttp, "--timeout=60", url))).isEqualTo(WHOLE);
        }
    }

    @Test
    void tls() throws Exception {
        try (ExamplesServer server = ExamplesServer.start(Certificate.configuration(folder))) {
            String curl = Tools.require("curl");
            check(List.of(curl, "--insecure", "--http1.1"), "https://127.0.0.1:" + server.port());
            check(List.of(curl, "--insecure", "--http2"), "https://127.0.0.1:" + server.port());
        }
    }

    /** On HTTP/1.1 the connection is closed; here others share it. */
    @Test
    void bodyThatDoesNotComeIs408OnHttp2() throws Exception {
        String curl = Tools.require("curl")
                + " --http2-prior-knowledge -sSN --no-progress-meter --max-time 60 -w ' %{http_code}'"
                + " -T . -X POST ";
        try (TestServer server = TestServer.start(
                FlosseFeature.builder().bodyTimeout(Duration.ofSeconds(2)),
                routing -> routing.post(
                        "/echo", Flosse.stream((request, sink) -> sink.yield(request.body(String.class)))))) {
            String post = curl + server.request("/echo").build().uri();
            assertThat(Tools.run(List.of("sh", "-c", "printf hello | " + post))).endsWith("data: hello\n\n 200");
            assertThat(Tools.run(List.of("sh", "-c", "sleep 6 | " + post))).isEqualTo("The body took too long 408");
        }
    }

    private static void check(List<String> curl, String url) throws Exception {
        List<String> command = new ArrayList<>(curl);
        command.addAll(List.of("-sSN", "--max-time", "60", url + PATH));
        assertThat(Tools.run(command)).isEqualTo(WHOLE);
        Arrivals.assertOneByOne(curl, url);
    }
}
