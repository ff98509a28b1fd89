package io.flosse.helidon;

import io.helidon.webserver.ListenerConfig;
import io.helidon.webserver.WebServer;
import io.helidon.webserver.WebServerConfig;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.stream.Stream;

/** Says at the start of a server that its settings will cut streams on HTTP/2. */
final class Http2Warning {

    private static final Logger LOGGER = System.getLogger("io.flosse");
    private static final Duration LONG_ENOUGH = Duration.ofHours(12);

    private Http2Warning() {}

    static void check(WebServer server) {
        WebServerConfig config = server.prototype();
        Stream.concat(Stream.of(config), config.sockets().values().stream())
                .filter(listener -> listener.protocols().stream()
                        .anyMatch(protocol -> protocol.type().startsWith("http_2")))
                .map(ListenerConfig::idleConnectionTimeout)
                .min(Duration::compareTo)
                .filter(idle -> idle.compareTo(LONG_ENOUGH) < 0)
                .ifPresent(idle -> LOGGER.log(
                        Level.WARNING,
                        "On HTTP/2 Helidon may end a connection, its streams included, that had no new request for "
                                + idle + ": set server.idle-connection-timeout to more than your streams last"));
    }
}
