package io.flosse.helidon;

import io.helidon.webserver.ListenerConfig;
import io.helidon.webserver.WebServer;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Duration;

/** Says at the start of a server that its settings will cut streams on HTTP/2. */
final class Http2Warning {

    private static final Logger LOGGER = System.getLogger("io.flosse");
    private static final Duration LONG_ENOUGH = Duration.ofHours(12);

    private Http2Warning() {}

    static void check(WebServer server) {
        ListenerConfig listener = server.prototype();
        boolean http2 = listener.protocols().stream()
                .anyMatch(protocol -> protocol.type().startsWith("http_2"));
        Duration idle = listener.idleConnectionTimeout();
        if (http2 && idle.compareTo(LONG_ENOUGH) < 0) {
            LOGGER.log(
                    Level.WARNING,
                    "On HTTP/2 Helidon ends a connection, its streams included, when the client has sent nothing for "
                            + idle + ": set server.idle-connection-timeout to more than your streams last");
        }
    }
}
