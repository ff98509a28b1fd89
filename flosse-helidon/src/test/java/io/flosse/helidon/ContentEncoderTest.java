package io.flosse.helidon;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.flosse.helidon.fixture.LogCapture;
import io.flosse.helidon.fixture.RawExchange;
import io.flosse.helidon.fixture.RawHttp2;
import io.flosse.helidon.internal.transport.HelidonLine;
import io.helidon.http.encoding.ContentDecoder;
import io.helidon.http.encoding.ContentEncoder;
import io.helidon.http.encoding.ContentEncoding;
import io.helidon.http.encoding.ContentEncodingContext;
import io.helidon.webserver.WebServer;
import io.helidon.webserver.WebServerConfig;
import io.helidon.webserver.http.HttpRouting;
import io.helidon.webserver.testing.junit5.ServerTest;
import io.helidon.webserver.testing.junit5.SetUpRoute;
import io.helidon.webserver.testing.junit5.SetUpServer;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.Set;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** A content encoder that ignores flushes, like Helidon's gzip: flosse bypasses or rejects it, so that no event is held back. */
@ServerTest
class ContentEncoderTest {

    private static final BlockingQueue<String> QUEUE = new ArrayBlockingQueue<>(10);

    private final int port;

    ContentEncoderTest(WebServer server) {
        port = server.port();
    }

    @SetUpServer
    static void server(WebServerConfig.Builder server) {
        server.contentEncoding(ContentEncodingContext.builder()
                .contentEncodingsDiscoverServices(false)
                .addContentEncoding(new FlushIgnoringEncoding())
                .build());
    }

    @SetUpRoute
    static void routes(HttpRouting.Builder routing) {
        routing.get("/queue", Flosse.stream((request, sink) -> {
            for (String next = ""; !next.equals("last"); sink.yield(next)) {
                next = QUEUE.poll(10, TimeUnit.SECONDS);
            }
        }));
    }

    @Test
    void http1BypassesTheEncoder() {
        try (RawExchange answer = RawExchange.get(port, "/queue", "Accept-Encoding: gzip")) {
            assertThat(answer.status()).isEqualTo(200);
            assertThat(answer.header("Content-Encoding")).isEmpty();
            for (String event : new String[] {"one", "last"}) {
                QUEUE.add(event);
                answer.bodyUntil("data: " + event + "\n\n");
            }
            assertThat(answer.body()).endsWith("event: end\ndata: {}\n\n");
        }
    }

    @Test
    void http2BypassesTheEncoderIfHelidonSupportsIt() throws Exception {
        assumeThat(HelidonLine.SENT_BY_COMMIT)
                .as("This test needs Helidon 4.4.1 or later")
                .isTrue();
        try (HttpClient client = HttpClient.newHttpClient()) {
            HttpResponse<InputStream> answer = client.send(
                    HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + "/queue"))
                            .version(HttpClient.Version.HTTP_2)
                            .header("Accept-Encoding", "gzip")
                            .build(),
                    HttpResponse.BodyHandlers.ofInputStream());
            assertThat(answer.version()).isEqualTo(HttpClient.Version.HTTP_2);
            assertThat(answer.headers().firstValue("Content-Encoding")).isEmpty();
            QUEUE.add("last");
            assertThat(new String(answer.body().readAllBytes(), StandardCharsets.UTF_8))
                    .contains("data: last\n\n")
                    .endsWith("event: end\ndata: {}\n\n");
        }
    }

    @Test
    void http2WithEncoderIsRejectedWithReasonOnHelidon43() {
        assumeThat(HelidonLine.SENT_BY_COMMIT).as("This test needs Helidon 4.3").isFalse();
        try (LogCapture log = new LogCapture();
                RawHttp2 answer = RawHttp2.get(port, "/queue", "accept-encoding", "gzip")) {
            assertThat(answer.status()).isEqualTo(500);
            assertThat(log.errors())
                    .singleElement()
                    .satisfies(logged -> assertThat(logged.getThrown())
                            .hasMessageContaining("gzip")
                            .hasMessageContaining("content-encoding"));
        }
    }

    @Test
    void http2ClientWithoutAcceptEncodingIsServed() {
        try (RawHttp2 answer = RawHttp2.get(port, "/queue")) {
            QUEUE.add("last");

            assertThat(answer.body()).contains("data: last\n\n");
        }
    }

    /** Announces itself as gzip; how it changes the bytes does not matter here. */
    static final class FlushIgnoringEncoding implements ContentEncoding {

        @Override
        public Set<String> ids() {
            return Set.of("gzip");
        }

        @Override
        public boolean supportsEncoding() {
            return true;
        }

        @Override
        public boolean supportsDecoding() {
            return false;
        }

        @Override
        public ContentDecoder decoder() {
            return ContentDecoder.NO_OP;
        }

        @Override
        public ContentEncoder encoder() {
            return BufferedUntilClosed::new;
        }

        @Override
        public String name() {
            return "swallowing";
        }

        @Override
        public String type() {
            return "gzip";
        }
    }

    private static final class BufferedUntilClosed extends BufferedOutputStream {

        BufferedUntilClosed(OutputStream network) {
            super(network, 1024 * 1024);
        }

        @Override
        public synchronized void flush() {
            // Ignored.
        }

        @Override
        public void close() throws IOException {
            super.flush();
            out.close();
        }
    }
}
