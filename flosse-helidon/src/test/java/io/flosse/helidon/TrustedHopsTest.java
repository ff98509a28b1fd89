package io.flosse.helidon;

import static org.assertj.core.api.Assertions.assertThat;

import io.flosse.helidon.fixture.RawConnection;
import io.flosse.helidon.fixture.SocketType;
import io.flosse.helidon.fixture.TestServer;
import io.flosse.throttle.Throttle;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The client address of a request behind proxies, which a client cannot forge. */
class TrustedHopsTest {

    private static TestServer server(int hops) {
        return TestServer.on(SocketType.PLAIN)
                .feature(feature -> feature.trustedHops(hops))
                .get("/sse", Flosse.stream((request, sink) -> sink.yield(request.remoteAddress())))
                .start();
    }

    private static String address(TestServer server, String... headers) {
        try (RawConnection client = server.get("/sse", headers)) {
            return client.awaitText("event: end").text().replaceAll("(?s).*?\ndata: ([^\n]*)\n\n.*", "$1");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"203.0.113.9", "203.0.113.9, 198.51.100.7", "127.0.0.1", "::1", ""})
    void forwardedHeadersAreIgnoredByDefault(String forwarded) {
        try (TestServer server = server(0)) {
            assertThat(address(
                            server,
                            "X-Forwarded-For: " + forwarded,
                            "X-Real-IP: 203.0.113.9",
                            "Forwarded: for=203.0.113.9"))
                    .isEqualTo("127.0.0.1");
        }
    }

    /** The client may send any addresses; each trusted proxy appends the address that it sees. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "1 | 198.51.100.7                          | 198.51.100.7",
                "1 | 10.0.0.1, 198.51.100.7                | 198.51.100.7",
                "1 | 10.0.0.1,,, ,198.51.100.7             | 198.51.100.7",
                "1 | 198.51.100.7:4711                     | 198.51.100.7",
                "1 | [2001:db8::7]:4711                    | 2001:db8::7",
                "1 | 2001:db8::7                           | 2001:db8::7",
                "2 | 10.0.0.1, 198.51.100.7, 192.0.2.1     | 198.51.100.7",
                "2 | 198.51.100.7, 192.0.2.1               | 198.51.100.7",
                "2 | 192.0.2.1                             | 127.0.0.1",
                "3 | 10.0.0.1, 198.51.100.7                | 127.0.0.1",
            })
    void addressesAddedByTheClientAreIgnored(int hops, String forwarded, String address) {
        try (TestServer server = server(hops)) {
            assertThat(address(server, "X-Forwarded-For: " + forwarded)).isEqualTo(address);
        }
    }

    @Test
    void repeatedForwardedHeadersAreOneList() {
        try (TestServer server = server(2)) {
            assertThat(address(
                            server,
                            "X-Forwarded-For: 10.0.0.1",
                            "x-forwarded-for: 10.0.0.2, 198.51.100.7",
                            "X-Forwarded-For: 192.0.2.1"))
                    .isEqualTo("198.51.100.7");
        }
    }

    @Test
    void spoofedAddressesDoNotBypassThrottle() {
        SseRoute route = Flosse.stream((request, sink) -> new java.util.concurrent.CountDownLatch(1).await())
                .throttles(Throttle.concurrent(1, Throttle.perAddress()));
        try (TestServer server = TestServer.on(SocketType.PLAIN)
                        .feature(feature -> feature.trustedHops(1))
                        .get("/sse", route)
                        .start();
                RawConnection first = server.get("/sse", "X-Forwarded-For: 10.0.0.1, 198.51.100.7");
                RawConnection second = server.get("/sse", "X-Forwarded-For: 10.0.0.2, 198.51.100.7");
                RawConnection other = server.get("/sse", "X-Forwarded-For: 198.51.100.8")) {
            assertThat(first.status()).isEqualTo(200);
            assertThat(second.status()).isEqualTo(429);
            assertThat(other.status()).isEqualTo(200);
        }
    }
}
