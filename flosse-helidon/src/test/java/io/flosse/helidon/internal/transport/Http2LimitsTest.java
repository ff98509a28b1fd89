package io.flosse.helidon.internal.transport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.flosse.EndCause;
import io.flosse.helidon.Flosse;
import io.flosse.helidon.FlosseFeature;
import io.flosse.helidon.SseRoute;
import io.flosse.helidon.fixture.Deadlines;
import io.flosse.helidon.fixture.Http2Client;
import io.flosse.helidon.fixture.Http2Client.Entry;
import io.flosse.helidon.fixture.RawConnection;
import io.flosse.helidon.fixture.SocketType;
import io.flosse.helidon.fixture.TestServer;
import io.helidon.metrics.api.MeterRegistry;
import io.helidon.metrics.api.MetricsFactory;
import io.helidon.metrics.api.Tag;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Limits and settings of the feature for HTTP/2 connections. */
class Http2LimitsTest {

    @SuppressWarnings("removal")
    private final MeterRegistry registry = MetricsFactory.getInstance().globalRegistry();

    private static final SseRoute BLOCKED = Flosse.stream((request, sink) -> {
                sink.yield("hello");
                new CountDownLatch(1).await();
            })
            .heartbeat(Duration.ZERO);

    @ParameterizedTest
    @EnumSource(Entry.class)
    void streamAboveTheConnectionLimitIsTemporarilyRefused(Entry entry) {
        try (TestServer server = TestServer.on(entry == Entry.ALPN ? SocketType.TLS : SocketType.PLAIN)
                        .get("/sse", BLOCKED)
                        .feature(feature -> feature.maxStreamsPerConnection(3))
                        .start();
                Http2Client client = Http2Client.open(entry, server.port(), "/sse");
                Http2Client other = Http2Client.open(entry, server.port(), "/sse")) {
            int first = entry == Entry.UPGRADE ? 1 : client.get("/sse");
            client.awaitBody(first, "hello");
            client.awaitBody(client.get("/sse"), "hello");
            client.awaitBody(client.get("/sse"), "hello");

            int browser = client.get("/sse", "accept", "text/event-stream");
            int script = client.get("/sse");

            assertThat(client.awaitEnd(browser))
                    .matches("retry: [567]\\d\\d\\d\n: Too many streams on this connection\n\n");
            assertThat(client.awaitStatus(browser)).isEqualTo(200);
            assertThat(client.awaitStatus(script)).isEqualTo(503);
            List<Tag> tags = List.of(
                    Tag.create("port", Integer.toString(server.port())),
                    Tag.create("reason", "max-streams-per-connection"));
            assertThat(registry.counter("flosse.streams.refused", tags)
                            .orElseThrow()
                            .count())
                    .isEqualTo(2);
            assertThat(other.awaitBody(other.get("/sse"), "hello")).isNotEmpty();

            client.reset(first);
            assertThat(server.awaitCause()).isEqualTo(EndCause.CLIENT_GONE);
            Deadlines.await(() -> client.awaitStatus(client.get("/sse")) == 200, "admission after a stream has ended");
        }
    }

    @Test
    void disabledUpgradeServesTheRequestOnHttp1() {
        try (TestServer server = TestServer.on(SocketType.PLAIN)
                .get("/sse", BLOCKED)
                .feature(feature -> feature.h2cUpgrade(false))
                .start()) {
            try (RawConnection http1 = server.get(
                    "/sse", "Connection: Upgrade, HTTP2-Settings", "Upgrade: h2c", "HTTP2-Settings: AAQ_AAAA")) {
                assertThat(http1.status()).isEqualTo(200);
                http1.awaitText("hello");
            }
            assertThatThrownBy(() -> Http2Client.open(Entry.UPGRADE, server.port(), "/sse"))
                    .hasMessageContaining("HTTP/1.1 200");
            try (Http2Client client = Http2Client.open(Entry.PRIOR_KNOWLEDGE, server.port())) {
                client.awaitBody(client.get("/sse"), "hello");
            }
        }
    }

    /** Several servers share one class of provider: each must use the settings of its own feature. */
    @Test
    void settingsApplyToAllListenersOfTheirServer() {
        try (TestServer refuses = TestServer.on(SocketType.PLAIN)
                        .get("/sse", BLOCKED)
                        .settings(settings -> settings.putSocket("admin", listener -> listener.port(0)))
                        .feature(feature -> feature.h2cUpgrade(false))
                        .start();
                TestServer upgrades =
                        TestServer.on(SocketType.PLAIN).get("/sse", BLOCKED).start()) {
            int admin = refuses.server().port("admin");
            assertThatThrownBy(() -> Http2Client.open(Entry.UPGRADE, admin, "/sse"))
                    .hasMessageContaining("HTTP/1.1 404");
            try (Http2Client client = Http2Client.open(Entry.UPGRADE, upgrades.port(), "/sse")) {
                client.awaitBody(1, "hello");
            }
        }
    }

    @Test
    void invalidLimitsAreRejected() {
        FlosseFeature.Builder feature = FlosseFeature.builder();
        assertThatThrownBy(() -> feature.maxStreamsPerConnection(0))
                .hasMessageContaining("max-streams-per-connection must be at least 1, but is 0");
        assertThatThrownBy(() -> feature.maxResetsPerSecond(-1))
                .hasMessageContaining("max-resets-per-second must not be negative, but is -1");
    }
}
