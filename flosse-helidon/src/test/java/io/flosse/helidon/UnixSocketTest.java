package io.flosse.helidon;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.flosse.EndCause;
import io.flosse.auth.Identity;
import io.flosse.auth.Tickets;
import io.flosse.helidon.fixture.LogCapture;
import io.flosse.helidon.fixture.SocketType;
import io.flosse.helidon.fixture.TestServer;
import io.flosse.helidon.internal.transport.HelidonLine;
import io.flosse.permission.IsAuthenticated;
import io.flosse.throttle.Throttle;
import io.helidon.webserver.http.HttpRouting;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.function.Consumer;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A listener on a Unix domain socket: its requests have no address, so throttles by address reject them. */
class UnixSocketTest {

    private static final SseRoute WAITS = Flosse.stream((request, sink) -> {
        sink.yield("from '" + request.remoteAddress() + "'");
        new CountDownLatch(1).await();
    });

    @TempDir
    Path folder;

    @BeforeEach
    void assumeUnixDomainSockets() {
        assumeTrue(HelidonLine.SENT_BY_COMMIT, "Helidon 4.3 has no listeners on Unix domain sockets");
    }

    private TestServer serve(int trustedHops, Consumer<HttpRouting.Builder> routing) {
        return TestServer.on(SocketType.PLAIN)
                .feature(feature -> feature.trustedHops(trustedHops))
                .routing(routing)
                .settings(server -> server.bindAddress(UnixDomainSocketAddress.of(folder.resolve("socket"))))
                .start();
    }

    private Client get(String path, String... headers) {
        return new Client(UnixDomainSocketAddress.of(folder.resolve("socket")), path, headers);
    }

    @Test
    void streamHasNoAddressAndItsDisconnectIsDetected() {
        try (TestServer server = serve(0, routing -> routing.get("/sse", WAITS))) {
            try (Client client = get("/sse")) {
                client.awaitText("data: from ''\n\n");
                assertThat(server.feature().streams())
                        .singleElement()
                        .satisfies(stream -> assertThat(stream.remoteAddress()).isEmpty());
            }
            assertThat(server.awaitCause()).isEqualTo(EndCause.CLIENT_GONE);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"/address", "/openings", "/identity", "/logins"})
    void throttleByAddressRejectsRequestAndLogsTheRemedy(String path) {
        try (LogCapture logs = new LogCapture();
                TestServer server = serve(0, UnixSocketTest::throttled);
                Client client = get(path)) {
            client.awaitText("\r\n\r\n");

            assertThat(client.status()).isEqualTo(500);
            assertThat(client.text()).doesNotContain("trusted-hops");
            assertThat(server.feature().streams()).isEmpty();
            assertThat(logs.errors())
                    .singleElement()
                    .satisfies(error -> assertThat(error.getThrown())
                            .hasMessageContaining("Unix domain socket")
                            .hasMessageContaining("trusted-hops"));
        }
    }

    private static void throttled(HttpRouting.Builder routing) {
        routing.get("/address", WAITS.throttles(Throttle.concurrent(1, Throttle.perAddress())))
                .get("/openings", WAITS.throttles(Throttle.rate(1, Duration.ofHours(1), Throttle.perAddress())))
                .get("/identity", WAITS.throttles(Throttle.concurrent(1, Throttle.perIdentity())))
                .get("/logins", WAITS.throttles(Throttle.failedLogins(1, Duration.ofHours(1))));
    }

    @Test
    void throttleByIdentityNeedsNoAddress() {
        SseRoute route = WAITS.authenticators(
                        request -> request.header("X-User").map(Identity::of))
                .throttles(Throttle.concurrent(1, Throttle.perIdentity()));
        try (TestServer ignored = serve(0, routing -> routing.get("/sse", route));
                Client ann = get("/sse", "X-User: ann").awaitText("data: ");
                Client again = get("/sse", "X-User: ann").awaitText("\r\n\r\n");
                Client bob = get("/sse", "X-User: bob").awaitText("data: ")) {
            assertThat(ann.status()).isEqualTo(200);
            assertThat(again.status()).isEqualTo(429);
            assertThat(bob.status()).isEqualTo(200);
        }
    }

    @Test
    void throttleCountsClientsBehindTrustedProxyByAddress() {
        try (TestServer ignored = serve(1, UnixSocketTest::throttled);
                Client one = get("/address", "X-Forwarded-For: 192.0.2.1").awaitText("data: from '192.0.2.1'");
                Client again = get("/address", "X-Forwarded-For: 192.0.2.1").awaitText("\r\n\r\n");
                Client other = get("/address", "X-Forwarded-For: 192.0.2.2").awaitText("data: from '192.0.2.2'")) {
            assertThat(one.status()).isEqualTo(200);
            assertThat(again.status()).isEqualTo(429);
            assertThat(other.status()).isEqualTo(200);
        }
    }

    @Test
    void usedTicketIsRefused() {
        Tickets tickets = Tickets.builder().build();
        SseRoute route = Flosse.stream((request, sink) -> sink.yield("hello"))
                .authenticators(tickets)
                .permissions(new IsAuthenticated());
        String path = "/sse?ticket=" + tickets.issue(Identity.of("ann"), "/sse");
        try (TestServer server = serve(0, routing -> routing.get("/sse", route))) {
            try (Client first = get(path)) {
                first.awaitText("data: hello\n\n");
                assertThat(server.awaitCause()).isEqualTo(EndCause.COMPLETED);
            }
            try (Client second = get(path)) {
                assertThat(second.awaitText("\r\n\r\n").status()).isEqualTo(403);
            }
        }
    }

    /** A request over a Unix domain socket and the received part of its response. */
    private static final class Client implements AutoCloseable {

        private final SocketChannel channel;
        private final InputStream in;
        private final ByteArrayOutputStream received = new ByteArrayOutputStream();

        private Client(UnixDomainSocketAddress address, String path, String... headers) {
            try {
                channel = SocketChannel.open(address);
                in = Channels.newInputStream(channel);
                String request = "GET " + path + " HTTP/1.1\r\nHost: localhost\r\n"
                        + (headers.length == 0 ? "" : String.join("\r\n", headers) + "\r\n") + "\r\n";
                int unused = channel.write(ByteBuffer.wrap(request.getBytes(StandardCharsets.US_ASCII)));
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        /** Reads until the text has arrived; the timeout of the test is the deadline. */
        private Client awaitText(String text) {
            byte[] piece = new byte[4096];
            try {
                while (!text().contains(text)) {
                    int count = in.read(piece);
                    if (count < 0) {
                        throw new AssertionError("The connection ended without '" + text + "': " + text());
                    }
                    received.write(piece, 0, count);
                }
                return this;
            } catch (IOException e) {
                throw new UncheckedIOException("Read failed after receiving: " + text(), e);
            }
        }

        private String text() {
            return received.toString(StandardCharsets.UTF_8);
        }

        private int status() {
            return Integer.parseInt(text().split(" ", 3)[1]);
        }

        @Override
        public void close() {
            try {
                channel.close();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }
}
