package io.flosse.helidon.internal.server;

import io.flosse.helidon.internal.transport.HelidonLine;
import io.helidon.common.tls.Tls;
import io.helidon.webserver.ListenerConfig;
import io.helidon.webserver.WebServer;
import io.helidon.webserver.WebServerConfig;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/** Says at the start of a server what its Helidon or its settings do to streams. */
final class StartupChecks {

    private static final Logger LOGGER = System.getLogger("io.flosse");

    private StartupChecks() {}

    /**
     * Checks the version of Helidon before a server is built.
     *
     * @param version the version; no check if empty
     * @throws IllegalStateException if streams cannot work on it
     */
    static void refuseBrokenHelidon(Optional<String> version) {
        switch (HelidonVersion.support(version.orElse(null))) {
            case TOO_OLD ->
                throw new IllegalStateException(
                        "flosse needs Helidon 4.3.0 or newer, and this is " + version.get() + ": take Helidon 4.5.0");
            case LOSES_BYTES ->
                throw new IllegalStateException("flosse does not run on Helidon " + version.get()
                        + ", which loses bytes where a client reads slowly (its NioSocket.write drops what the"
                        + " kernel did not take at once), so streams would be corrupt: take Helidon 4.5.0");
            case FINE, TLS_RACE, NEVER_TRIED -> {}
        }
    }

    /** Checks the version and the settings of a server that has started. */
    static void warn(WebServerConfig config, Optional<String> version) {
        switch (HelidonVersion.support(version.orElse(null))) {
            case TLS_RACE ->
                LOGGER.log(
                        Level.WARNING,
                        "Helidon " + version.get() + " may corrupt streams on TLS: its writes are not kept apart from"
                                + " handshake messages. Take Helidon 4.5.0");
            case NEVER_TRIED ->
                LOGGER.log(
                        Level.WARNING,
                        "flosse was never tried on Helidon " + version.get()
                                + ", only on Helidon 4: take Helidon 4.5.0, or a flosse that names this version");
            case FINE, TOO_OLD, LOSES_BYTES -> {}
        }
        listeners(
                        config,
                        listener -> HelidonLine.hasSocketsWithoutNio(listener)
                                && listener.tls().filter(Tls::enabled).isPresent())
                .ifPresent(names -> LOGGER.log(
                        Level.WARNING,
                        "Each TLS connection of listener " + names
                                + " leaks a file descriptor, since use-nio is false (seen on"
                                + " Helidon 4.5.0): leave use-nio at its default, true"));
        listeners(
                        config,
                        listener -> !HelidonLine.isUnixDomainSocket(listener)
                                && !listener.connectionOptions().tcpNoDelay())
                .ifPresent(names -> LOGGER.log(
                        Level.INFO,
                        "TCP_NODELAY is off on listener " + names
                                + " (Helidon's default), so an event may wait until the"
                                + " client has acknowledged the one before: a round trip, and 40 ms (Linux) to 200 ms more"
                                + " where the client delays acknowledgements. Set connection-options.tcp-no-delay: true, in code"
                                + " connectionOptions(options -> options.tcpNoDelay(true))"));
    }

    /** The names of the listeners that something holds for; empty if there are none. */
    private static Optional<String> listeners(WebServerConfig config, Predicate<ListenerConfig> filter) {
        Map<String, ListenerConfig> listeners = new TreeMap<>(config.sockets());
        listeners.put(WebServer.DEFAULT_SOCKET_NAME, config);
        String names = listeners.entrySet().stream()
                .filter(listener -> filter.test(listener.getValue()))
                .map(Map.Entry::getKey)
                .collect(Collectors.joining(", "));
        return Optional.of(names).filter(some -> !some.isEmpty());
    }
}
