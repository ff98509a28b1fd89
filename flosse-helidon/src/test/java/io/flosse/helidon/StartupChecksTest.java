package io.flosse.helidon;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.flosse.helidon.fixture.LogCapture;
import io.flosse.helidon.fixture.SocketType;
import io.flosse.helidon.fixture.TestServer;
import io.flosse.helidon.internal.transport.HelidonLine;
import io.helidon.common.socket.SocketOptions;
import io.helidon.config.Config;
import io.helidon.config.ConfigSources;
import io.helidon.webserver.WebServer;
import io.helidon.webserver.WebServerConfig;
import java.net.StandardSocketOptions;
import java.net.UnixDomainSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.NullSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Errors and log messages at server start because of the Helidon version or the settings. */
class StartupChecksTest {

    /** Starts a server and returns its log records from INFO on, each with its level. */
    private static List<String> start(
            SocketType socketType, String helidon, Consumer<WebServerConfig.Builder> settings) {
        try (LogCapture logs = new LogCapture();
                TestServer ignored = TestServer.on(socketType)
                        .feature(feature -> feature.helidon(helidon))
                        .settings(settings)
                        .start()) {
            return logs.records().stream()
                    .map(line -> line.getLevel() + " " + line.getMessage())
                    .toList();
        }
    }

    private static WebServerConfig.Builder serverOn(String helidon) {
        return WebServer.builder()
                .shutdownHook(false)
                .addFeature(FlosseFeature.builder().helidon(helidon).build());
    }

    @ParameterizedTest
    @CsvSource({"4.4.0, NioSocket", "4.2.3, 4.3.0 or newer", "3.2.0, 4.3.0 or newer"})
    void serverIsNotBuiltOnUnsupportedHelidon(String helidon, String why) {
        WebServerConfig.Builder builder = serverOn(helidon);

        assertThatIllegalStateException()
                .isThrownBy(builder::build)
                .withMessageContaining(helidon)
                .withMessageContaining(why)
                .withMessageContaining("Use Helidon 4.5.0");
    }

    @ParameterizedTest
    @NullSource
    @ValueSource(strings = {"4.3.0", "4.3.4", "4.5.0", "4.5.3", "4.6.0", "what?"})
    void supportedOrUnknownHelidonLogsNoWarning(String helidon) {
        assertThat(start(SocketType.PLAIN, helidon, server -> {})).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({"4.4.1, TLS", "4.4.2, TLS", "5.0.0, not been tested", "27.0.0, not been tested"})
    void problematicHelidonLogsOneWarningPerServer(String helidon, String why) {
        assertThat(start(SocketType.PLAIN, helidon, server -> addAdminListener(server, true)))
                .singleElement()
                .asString()
                .startsWith("WARNING")
                .contains(helidon, why, "Helidon 4.5.0");
    }

    /** Adds a second listener whose settings cause no other warning. */
    private static void addAdminListener(WebServerConfig.Builder server, boolean tcpNoDelay) {
        server.putSocket(
                "admin",
                listener -> listener.port(0)
                        .idleConnectionTimeout(Duration.ofDays(1))
                        .connectionOptions(options -> options.tcpNoDelay(tcpNoDelay)));
    }

    @Test
    void disabledTcpNoDelayIsLoggedAtInfo() {
        assertThat(start(
                        SocketType.PLAIN,
                        null,
                        server -> server.connectionOptions(options -> options.tcpNoDelay(false))))
                .singleElement()
                .asString()
                .startsWith("INFO TCP_NODELAY is off on listener @default ")
                .contains("connection-options.tcp-no-delay: true");
    }

    @Test
    void tuneSetsTcpNoDelayAndKeepsEarlierSettings() {
        SocketOptions tuned = WebServer.builder()
                .connectionOptions(options -> options.readTimeout(Duration.ofSeconds(7))
                        .socketKeepAlive(false)
                        .socketSendBufferSize(80_000)
                        .putSocketOption(StandardSocketOptions.SO_LINGER, 3))
                .update(Flosse::tune)
                .connectionOptions()
                .orElseThrow();

        assertThat(tuned.tcpNoDelay()).isTrue();
        assertThat(tuned.socketOptions())
                .containsEntry(StandardSocketOptions.TCP_NODELAY, true)
                .containsEntry(StandardSocketOptions.SO_KEEPALIVE, false)
                .containsEntry(StandardSocketOptions.SO_SNDBUF, 80_000)
                .containsEntry(StandardSocketOptions.SO_LINGER, 3);
        assertThat(tuned.readTimeout()).isEqualTo(Duration.ofSeconds(7));
    }

    @Test
    void disabledTcpNoDelayOnTwoListenersIsLoggedOnce() {
        assertThat(start(SocketType.PLAIN, null, server -> {
                    server.connectionOptions(options -> options.tcpNoDelay(false));
                    addAdminListener(server, false);
                }))
                .singleElement()
                .asString()
                .contains("listener @default, admin ");
    }

    @Test
    void onlyListenersWithoutTcpNoDelayAreNamed() {
        assertThat(start(SocketType.PLAIN, null, server -> addAdminListener(server, false)))
                .singleElement()
                .asString()
                .contains("listener admin ");
    }

    @Test
    void unixSocketListenerLogsNothingAboutTcpNoDelay(@TempDir Path folder) {
        assumeTrue(HelidonLine.SENT_BY_COMMIT, "Helidon 4.3 has no listeners on Unix domain sockets");

        assertThat(start(
                        SocketType.PLAIN,
                        null,
                        server -> server.bindAddress(UnixDomainSocketAddress.of(folder.resolve("socket")))
                                .connectionOptions(options -> options.tcpNoDelay(false))))
                .isEmpty();
    }

    /** The configuration key of the message works. */
    @Test
    void tcpNoDelayIsEnabledByTheConfigurationKeyOfTheMessage() {
        Config config = Config.just(ConfigSources.create(Map.of("server.connection-options.tcp-no-delay", "true")));

        assertThat(start(
                        SocketType.PLAIN,
                        null,
                        server -> server.config(config.get("server")).port(0)))
                .isEmpty();
    }

    @Test
    void tlsWithoutNioLogsWarning() {
        assumeTrue(HelidonLine.SENT_BY_COMMIT, "Helidon 4.3 has no use-nio");

        assertThat(start(SocketType.TLS, null, server -> server.useNio(false)))
                .singleElement()
                .asString()
                .startsWith("WARNING")
                .contains("@default", "use-nio", "file descriptor");
    }

    @Test
    void useNioIsCheckedOnlyForTls() {
        assumeTrue(HelidonLine.SENT_BY_COMMIT, "Helidon 4.3 has no use-nio");

        assertThat(start(SocketType.PLAIN, null, server -> server.useNio(false)))
                .isEmpty();
        assertThat(start(SocketType.TLS, null, server -> server.useNio(true))).isEmpty();
    }
}
