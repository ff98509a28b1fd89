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

/** The startup checks of a server: its Helidon version and the settings that affect streams. */
final class StartupChecks {

    private static final Logger LOGGER = System.getLogger("io.flosse");

    private StartupChecks() {}

    /**
     * Checks the version of Helidon before a server is built.
     *
     * @param version the version; not checked if empty
     * @throws IllegalStateException if streams cannot work on this version
     */
    static void refuseBrokenHelidon(Optional<String> version) {
        switch (HelidonVersion.support(version.orElse(null))) {
            case TOO_OLD ->
                throw new IllegalStateException(
                        "Helidon " + version.get() + " is too old; flosse needs 4.3.0 or newer. Use Helidon 4.5.0");
            case LOSES_BYTES ->
                throw new IllegalStateException("Helidon " + version.get()
                        + " corrupts streams of slow clients: its NioSocket.write drops the bytes that the kernel does"
                        + " not accept at once. Use Helidon 4.5.0");
            case FINE, TLS_RACE, NEVER_TRIED -> {}
        }
    }

    /** Logs problems with the version and the settings of a server that has started. */
    static void warn(WebServerConfig config, Optional<String> version) {
        switch (HelidonVersion.support(version.orElse(null))) {
            case TLS_RACE ->
                LOGGER.log(
                        Level.WARNING,
                        "Helidon " + version.get() + " may corrupt streams on TLS: writes and handshake messages can be"
                                + " interleaved. Use Helidon 4.5.0");
            case NEVER_TRIED ->
                LOGGER.log(
                        Level.WARNING,
                        "Helidon " + version.get() + " has not been tested with this version of flosse, which supports"
                                + " Helidon 4. Use Helidon 4.5.0 or a version of flosse that supports this Helidon");
            case FINE, TOO_OLD, LOSES_BYTES -> {}
        }
        listeners(
                        config,
                        listener -> HelidonLine.hasSocketsWithoutNio(listener)
                                && listener.tls().filter(Tls::enabled).isPresent())
                .ifPresent(names -> LOGGER.log(
                        Level.WARNING,
                        "Each TLS connection of listener " + names
                                + " leaks a file descriptor because use-nio is false (seen on"
                                + " Helidon 4.5.0). Set use-nio to true, its default"));
        listeners(
                        config,
                        listener -> !HelidonLine.isUnixDomainSocket(listener)
                                && !listener.connectionOptions().tcpNoDelay())
                .ifPresent(names -> LOGGER.log(
                        Level.INFO,
                        "TCP_NODELAY is off on listener " + names
                                + " (Helidon's default). An event may wait until the client has acknowledged the"
                                + " previous one: a round trip, plus 40 ms (Linux) to 200 ms if the client delays"
                                + " acknowledgements. Set connection-options.tcp-no-delay: true, or in code"
                                + " .update(Flosse::tune)"));
    }

    /** Returns the names of the listeners that match the filter, separated by commas; empty if none matches. */
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
