package io.flosse.helidon;

import static org.assertj.core.api.Assertions.assertThat;

import io.flosse.helidon.fixture.Http2Client;
import io.flosse.helidon.fixture.RawConnection;
import io.flosse.helidon.fixture.SocketType;
import io.flosse.helidon.fixture.TestServer;
import io.flosse.helidon.internal.transport.HelidonLine;
import io.flosse.throttle.Throttle;
import io.helidon.webserver.http1.Http1Config;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
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

    /** A proxy may write something else than an address. Nothing that a client can choose is taken in its place. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "1 | unknown",
                "1 | 203.0.113.9, unknown",
                "1 | 203.0.113.9,",
                "1 | 203.0.113.9, ,",
                "1 | _hidden",
                "1 | localhost",
                "1 | 203.0.113.256",
                "1 | 203.0.113.09",
                "1 | 203.0.113.9:port",
                "1 | 203.0.113.9:4711:1",
                "1 | 203.0.113.9 evil",
                "1 | for=203.0.113.9",
                "1 | 3405803785",
                "1 | [2001:db8::7",
                "1 | [2001:db8::7]evil",
                "1 | [unknown]:80",
                "1 | 2001:db8::7%eth0",
                "1 | 2001:db8::1::7",
                "2 | 203.0.113.9, unknown, 192.0.2.1",
            })
    void entryThatIsNoIpAddressIsNotBelieved(int hops, String forwarded) {
        try (TestServer server = server(hops)) {
            assertThat(address(server, "X-Forwarded-For: " + forwarded)).isEqualTo("127.0.0.1");
        }
    }

    @Test
    void longTextReachesNoAddress() {
        try (TestServer server = server(1)) {
            for (String forwarded : List.of("x".repeat(8_000), "1.".repeat(4_000), "0:".repeat(4_000))) {
                assertThat(address(server, "X-Forwarded-For: " + forwarded)).isEqualTo("127.0.0.1");
                assertThat(server.awaitEnded().remoteAddress()).isEqualTo("127.0.0.1");
            }
        }
    }

    /** Helidon 4.3 accepts control characters on HTTP/2, and Helidon 4.5 can be told to accept them on HTTP/1.1. */
    @Test
    void controlCharactersReachNoAddress() {
        if (!HelidonLine.SENT_BY_COMMIT) {
            try (TestServer server = server(1);
                    Http2Client client = Http2Client.open(Http2Client.Entry.PRIOR_KNOWLEDGE, server.port())) {
                for (String forwarded : List.of("203.0.113.9\nforged", "203.0.113.9\u001b[2J")) {
                    assertThat(client.awaitEnd(client.get("/sse", "x-forwarded-for", forwarded)))
                            .contains("data: 127.0.0.1\n");
                    assertThat(server.awaitEnded().remoteAddress()).isEqualTo("127.0.0.1");
                }
            }
            return;
        }
        try (TestServer server = TestServer.on(SocketType.PLAIN)
                .feature(feature -> feature.trustedHops(1))
                .settings(settings -> settings.addProtocol(
                        Http1Config.builder().validateRequestHeaders(false).build()))
                .get("/sse", Flosse.stream((request, sink) -> sink.yield(request.remoteAddress())))
                .start()) {
            assertThat(address(server, "X-Forwarded-For: 203.0.113.9\u001b[2J")).isEqualTo("127.0.0.1");
            assertThat(server.awaitEnded().remoteAddress()).isEqualTo("127.0.0.1");
        }
    }

    private static TestServer behindProxyProtocol(int hops) {
        return TestServer.on(SocketType.PLAIN)
                .feature(feature -> feature.trustedHops(hops))
                .settings(settings -> settings.enableProxyProtocol(true))
                .get("/sse", Flosse.stream((request, sink) -> sink.yield(request.remoteAddress())))
                .start();
    }

    private static String address(TestServer server, byte[] proxyHeader, String... headers) {
        try (RawConnection client = server.connect()) {
            client.write(proxyHeader);
            client.get("/sse", headers).awaitText("event: end");
            return client.text().replaceAll("(?s).*?\ndata: ([^\n]*)\n\n.*", "$1");
        }
    }

    private static byte[] version1(String source) {
        return ("PROXY " + source + "\r\n").getBytes(StandardCharsets.US_ASCII);
    }

    /** Returns a header for an IPv4 connection from 198.51.100.7. */
    private static byte[] version2(int command, int family, int length) {
        byte[] header = new byte[28];
        System.arraycopy("\r\n\r\n\0\r\nQUIT\n".getBytes(StandardCharsets.US_ASCII), 0, header, 0, 12);
        header[12] = (byte) (0x20 | command);
        header[13] = (byte) family;
        header[15] = (byte) length;
        System.arraycopy(new byte[] {(byte) 198, 51, 100, 7, 127, 0, 0, 1, 18, 103, 0, 80}, 0, header, 16, 12);
        return Arrays.copyOf(header, 16 + length);
    }

    /** Helidon appends the source to the header; that entry is no hop. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "0 | TCP4 198.51.100.7 127.0.0.1 4711 80       | 203.0.113.9            | 198.51.100.7",
                "1 | TCP4 198.51.100.7 127.0.0.1 4711 80       | 203.0.113.9            | 203.0.113.9",
                "1 | TCP4 198.51.100.7 127.0.0.1 4711 80       | 10.0.0.1, 203.0.113.9  | 203.0.113.9",
                "1 | TCP4 198.51.100.7 127.0.0.1 4711 80       | unknown                | 198.51.100.7",
                "2 | TCP4 198.51.100.7 127.0.0.1 4711 80       | 203.0.113.9            | 198.51.100.7",
                "2 | TCP4 198.51.100.7 127.0.0.1 4711 80       | 203.0.113.9, 192.0.2.1 | 203.0.113.9",
                "1 | TCP6 2001:db8::7 ::1 4711 80              | 203.0.113.9            | 203.0.113.9",
                "2 | TCP6 2001:db8::7 ::1 4711 80              | 203.0.113.9            | 2001:db8::7",
                "0 | TCP4 evil 127.0.0.1 4711 80               | 203.0.113.9            | 127.0.0.1",
                "1 | TCP4 evil,evil 127.0.0.1 4711 80          | 203.0.113.9            | 203.0.113.9",
                "0 | UNKNOWN 198.51.100.7 127.0.0.1 4711 80    | 203.0.113.9            | 127.0.0.1",
                "1 | UNKNOWN 198.51.100.7 127.0.0.1 4711 80    | 203.0.113.9            | 203.0.113.9",
                "2 | UNKNOWN 198.51.100.7 127.0.0.1 4711 80    | 203.0.113.9            | 127.0.0.1",
            })
    void sourceOfTheProxyProtocolIsThePeer(int hops, String source, String forwarded, String address) {
        try (TestServer server = behindProxyProtocol(hops)) {
            assertThat(address(server, version1(source), "X-Forwarded-For: " + forwarded))
                    .isEqualTo(address);
        }
    }

    @Test
    void localConnectionOfTheProxyHasTheAddressOfTheSocket() {
        try (TestServer server = behindProxyProtocol(1)) {
            int proxy = 1;
            int local = 0;
            int tcp4 = 0x11;
            assertThat(address(server, version2(proxy, tcp4, 12))).isEqualTo("198.51.100.7");
            assertThat(address(server, version2(local, 0, 0))).isEqualTo("127.0.0.1");
            assertThat(address(server, version2(local, 0, 0), "X-Forwarded-For: 203.0.113.9"))
                    .isEqualTo("203.0.113.9");
            // Helidon 4.3 does not tell that the connection is local.
            assertThat(address(server, version2(local, tcp4, 12)))
                    .isEqualTo(HelidonLine.SENT_BY_COMMIT ? "127.0.0.1" : "198.51.100.7");
        }
    }

    /** On HTTP/2, Helidon puts the source before the entries of the request. */
    @Test
    void sourceOfTheProxyProtocolIsThePeerOnHttp2() {
        String proxyHeader = "PROXY TCP4 198.51.100.7 127.0.0.1 4711 80\r\n";
        try (TestServer server = behindProxyProtocol(1);
                Http2Client client = Http2Client.openBehindProxy(server.port(), proxyHeader)) {
            assertThat(client.awaitEnd(client.get("/sse"))).contains("data: 198.51.100.7\n");
            assertThat(client.awaitEnd(client.get("/sse", "x-forwarded-for", "10.0.0.1, 203.0.113.9")))
                    .contains("data: 203.0.113.9\n");
            assertThat(client.awaitEnd(client.get("/sse", "x-forwarded-for", "unknown")))
                    .contains("data: 198.51.100.7\n");
        }
        try (TestServer server = behindProxyProtocol(2);
                Http2Client client = Http2Client.openBehindProxy(server.port(), proxyHeader)) {
            assertThat(client.awaitEnd(client.get("/sse", "x-forwarded-for", "203.0.113.9")))
                    .contains("data: 198.51.100.7\n");
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
