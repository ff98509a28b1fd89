package io.flosse.helidon;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.flosse.EndCause;
import io.flosse.helidon.fixture.AllLogs;
import io.flosse.helidon.fixture.RawConnection;
import io.flosse.helidon.fixture.SocketType;
import io.flosse.helidon.fixture.TestServer;
import io.flosse.helidon.internal.transport.HelidonLine;
import io.helidon.http.HeaderValues;
import io.helidon.http.SetCookie;
import io.helidon.webserver.http.Filter;
import io.helidon.webserver.http.ServerResponse;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The response of a stream as Helidon's filters and listeners see it, for example an access log or audit log. */
class SentResponseTest {

    private final BlockingQueue<String> seen = new LinkedBlockingQueue<>();

    /** Returns a filter that records what happens to a response, in order. */
    private Filter recordingFilter(Consumer<ServerResponse> more) {
        return (chain, request, response) -> {
            if (HelidonLine.SENT_BY_COMMIT) {
                response.beforeSend(() -> seen.add("beforeSend, sent: " + response.isSent()));
            }
            response.whenSent(() -> seen.add("whenSent, sent: " + response.isSent()));
            more.accept(response);
            chain.proceed();
            seen.add("after the chain, sent: " + response.isSent());
        };
    }

    private String next() throws InterruptedException {
        return seen.poll(TestServer.TIMEOUT_SECONDS, TimeUnit.SECONDS);
    }

    @ParameterizedTest
    @EnumSource
    void responseIsSentWhenItsStreamEnds(SocketType socketType) throws Exception {
        var go = new CountDownLatch(1);
        SseRoute route = Flosse.stream((request, sink) -> {
            sink.yield("open");
            seen.add("generating");
            go.await();
        });
        try (TestServer server = TestServer.on(socketType)
                        .routing(routing -> routing.addFilter(recordingFilter(response -> {})))
                        .get("/sse", route)
                        .start();
                AllLogs logs = new AllLogs();
                RawConnection client = server.get("/sse").awaitText("data: open")) {
            if (HelidonLine.SENT_BY_COMMIT) {
                assertThat(next()).isEqualTo("beforeSend, sent: false");
            }
            assertThat(next()).isEqualTo("generating");
            assertThat(seen).isEmpty();

            go.countDown();

            assertThat(next()).isEqualTo("whenSent, sent: true");
            assertThat(next()).isEqualTo("after the chain, sent: true");
            assertThat(client.awaitEnd().isComplete()).isTrue();
            assertThat(logs.aboveDebug()).isEmpty();
        }
    }

    @Test
    void responseOfClientThatDisconnectsBeforeOpenCountsAsSent() throws Exception {
        var started = new CountDownLatch(1);
        SseRoute route = Flosse.stream((request, sink) -> {
                    started.countDown();
                    new CountDownLatch(1).await();
                })
                .openOnFirstYield();
        try (TestServer server = TestServer.on(SocketType.PLAIN)
                        .routing(routing -> routing.addFilter(recordingFilter(response -> {})))
                        .get("/sse", route)
                        .start();
                AllLogs logs = new AllLogs();
                RawConnection client = server.connect().get("/sse")) {
            assertThat(started.await(TestServer.TIMEOUT_SECONDS, TimeUnit.SECONDS))
                    .isTrue();

            client.fin();

            assertThat(server.awaitCause()).isEqualTo(EndCause.CLIENT_GONE);
            String last = next();
            while (last.startsWith("whenSent")) {
                last = next();
            }
            assertThat(last).isEqualTo("after the chain, sent: true");
            assertThat(logs.aboveDebug()).isEmpty();
        }
    }

    @Test
    void headersAndCookiesSetBeforeTheStreamAreKept() {
        try (TestServer server = TestServer.on(SocketType.PLAIN)
                        .routing(routing ->
                                routing.addFilter(recordingFilter(response -> response.header("X-Before", "1")
                                        .headers()
                                        .addCookie(SetCookie.create("session", "abc")))))
                        .get("/sse", Flosse.stream((request, sink) -> sink.yield("hello")))
                        .start();
                RawConnection client = server.get("/sse").awaitEnd()) {
            assertThat(client.text())
                    .contains("X-Before: 1\r\n")
                    .contains("Set-Cookie: session=abc\r\n")
                    .contains("Transfer-Encoding: chunked\r\n")
                    .doesNotContain("Content-Length")
                    .doesNotContain("Content-Encoding");
            assertThat(client.body()).startsWith(":\ndata: hello\n\n");
        }
    }

    @Test
    void headerSetByBeforeSendListenerIsSent() {
        assumeThat(HelidonLine.SENT_BY_COMMIT)
                .as("This test needs Helidon 4.4.1 or later, which has beforeSend listeners")
                .isTrue();
        try (TestServer server = TestServer.on(SocketType.PLAIN)
                        .routing(routing -> routing.addFilter(recordingFilter(
                                response -> response.beforeSend(() -> response.header("X-Before-Send", "1")))))
                        .get("/sse", Flosse.stream((request, sink) -> sink.yield("hello")))
                        .start();
                RawConnection client = server.get("/sse").awaitEnd()) {
            assertThat(client.text()).contains("X-Before-Send: 1\r\n");
            assertThat(client.isComplete()).isTrue();
        }
    }

    @Test
    void beforeSendListenerThatThrowsIs500() {
        assumeThat(HelidonLine.SENT_BY_COMMIT)
                .as("This test needs Helidon 4.4.1 or later, which has beforeSend listeners")
                .isTrue();
        var thrown = new AtomicBoolean();
        try (TestServer server = TestServer.on(SocketType.PLAIN)
                        .routing(routing -> routing.addFilter(recordingFilter(response -> response.beforeSend(() -> {
                            if (!thrown.getAndSet(true)) {
                                throw new IllegalStateException("on purpose");
                            }
                        }))))
                        .get("/sse", Flosse.stream((request, sink) -> sink.yield("hello")))
                        .start();
                RawConnection client = server.get("/sse").awaitEnd()) {
            assertThat(client.status()).isEqualTo(500);
            assertThat(client.text()).doesNotContain("on purpose").doesNotContain("hello");
        }
    }

    /** A stream filter would count and change framed bytes, so flosse bypasses it. */
    @Test
    void streamFilterOfTheApplicationIsBypassed() {
        Consumer<ServerResponse> filtered = response -> response.streamFilter(out -> new FilterOutputStream(out) {
            @Override
            public void write(int b) throws IOException {
                super.write(Character.toUpperCase(b));
            }
        });
        try (TestServer server = TestServer.on(SocketType.PLAIN)
                        .routing(routing -> routing.addFilter(recordingFilter(filtered)))
                        .get("/sse", Flosse.stream((request, sink) -> sink.yield("hello")))
                        .start();
                RawConnection client = server.get("/sse").awaitEnd()) {
            assertThat(client.body()).startsWith(":\ndata: hello\n\n");
            assertThat(client.isComplete()).isTrue();
            assertThat(List.copyOf(seen)).contains("whenSent, sent: true");
        }
    }

    @Test
    void invalidHeaderIs500() {
        try (TestServer server = TestServer.on(SocketType.PLAIN)
                        .routing(routing -> routing.addFilter(recordingFilter(
                                response -> response.headers().set(HeaderValues.create("X-Bad", "a\r\nb")))))
                        .get("/sse", Flosse.stream((request, sink) -> sink.yield("hello")))
                        .start();
                RawConnection client = server.get("/sse").awaitEnd()) {
            assertThat(client.status()).isEqualTo(500);
            assertThat(client.text()).doesNotContain("hello");
        }
    }
}
