package io.flosse.helidon;

import static org.assertj.core.api.Assertions.assertThat;

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
import java.io.OutputStream;
import java.util.Set;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** An encoder that swallows flushes, as Helidon's gzip does: bypassed or refused, but no stream ever hangs. */
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
                .addContentEncoding(new Swallowing())
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
    void http2IsRefusedClearly() {
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
    void http2ClientThatAsksForNoEncodingIsServed() {
        try (RawHttp2 answer = RawHttp2.get(port, "/queue")) {
            QUEUE.add("last");

            assertThat(answer.body()).contains("data: last\n\n");
        }
    }

    /** Says that it is gzip; what it does to the bytes does not matter here. */
    private static final class Swallowing implements ContentEncoding {

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
            // Swallowed.
        }

        @Override
        public void close() throws IOException {
            super.flush();
            out.close();
        }
    }
}
