package io.flosse.helidon;

import static org.assertj.core.api.Assertions.assertThat;

import io.helidon.webserver.WebServerConfig;
import java.time.Duration;
import java.util.List;
import java.util.function.Consumer;
import java.util.logging.LogRecord;
import org.junit.jupiter.api.Test;

/** What a server says at its start where its settings would cut streams on HTTP/2. */
class Http2WarningTest {

    private static List<LogRecord> start(Consumer<WebServerConfig.Builder> settings) {
        try (LogCapture logs = new LogCapture();
                LifeServer ignored =
                        LifeServer.on(Wire.PLAIN).settings(settings).start()) {
            return logs.errors();
        }
    }

    @Test
    void shortIdleTimeoutIsWarnedOfOnce() {
        assertThat(start(settings -> settings.idleConnectionTimeout(Duration.ofMinutes(5))))
                .singleElement()
                .satisfies(warning ->
                        assertThat(warning.getMessage()).contains("PT5M").contains("server.idle-connection-timeout"));
    }

    @Test
    void shortIdleTimeoutOfAnotherListenerIsWarnedOf() {
        assertThat(start(settings -> settings.putSocket(
                        "admin", listener -> listener.port(0).idleConnectionTimeout(Duration.ofSeconds(7)))))
                .singleElement()
                .satisfies(warning -> assertThat(warning.getMessage()).contains("PT7S"));
    }

    @Test
    void longIdleTimeoutIsFine() {
        assertThat(start(settings -> settings.idleConnectionTimeout(Duration.ofDays(1))))
                .isEmpty();
    }

    @Test
    void serverWithoutHttp2IsFine() {
        assertThat(start(settings ->
                        settings.protocolsDiscoverServices(false).idleConnectionTimeout(Duration.ofMinutes(5))))
                .isEmpty();
    }
}
