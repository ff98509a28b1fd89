package io.flosse.helidon.internal.transport;

import io.helidon.webserver.ListenerConfig;
import io.helidon.webserver.WebServerConfig;
import java.lang.ref.WeakReference;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * The limits of a listener's HTTP/2 connections. Helidon's service loader creates flosse's connection provider, so a
 * server cannot pass its settings to it. The provider finds them by the configuration object of the listener.
 *
 * @param resetsPerSecond how many streams of a connection a client may reset per second; 0 means no limit
 * @param upgrade whether a connection may be upgraded from HTTP/1.1 to HTTP/2
 */
public record Http2Limits(int resetsPerSecond, boolean upgrade) {

    /** The limits of servers without the feature. */
    public static final Http2Limits DEFAULT = new Http2Limits(200, true);

    /** The limits of all listeners of the JVM. An entry is removed once its listener's configuration is unreachable. */
    private static final List<Entry> ENTRIES = new CopyOnWriteArrayList<>();

    private record Entry(WeakReference<ListenerConfig> listener, Http2Limits limits) {}

    /**
     * Sets the limits of all listeners of a server. Called before the listeners are created.
     *
     * @param server the server's configuration
     */
    public void applyTo(WebServerConfig server) {
        apply(server);
        server.sockets().values().forEach(this::apply);
    }

    private void apply(ListenerConfig listener) {
        ENTRIES.removeIf(entry -> entry.listener.refersTo(null) || entry.listener.refersTo(listener));
        ENTRIES.add(new Entry(new WeakReference<>(listener), this));
    }

    /** Returns the limits of a listener; the default if none were set. */
    static Http2Limits of(ListenerConfig listener) {
        for (Entry entry : ENTRIES) {
            if (entry.listener.refersTo(listener)) {
                return entry.limits;
            }
        }
        return DEFAULT;
    }
}
