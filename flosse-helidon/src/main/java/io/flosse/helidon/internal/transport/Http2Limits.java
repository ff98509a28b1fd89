package io.flosse.helidon.internal.transport;

import io.helidon.webserver.ListenerConfig;
import io.helidon.webserver.WebServerConfig;
import java.lang.ref.WeakReference;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * What a listener allows its HTTP/2 connections. Helidon loads flosse's connection provider by itself, so a server's settings
 * reach it by the configuration of its listeners, which is one object for each.
 *
 * @param resetsPerSecond how many streams of a connection a client may reset in a second; 0 is unbounded
 * @param upgrade whether a connection may become one by an upgrade from HTTP/1.1
 */
public record Http2Limits(int resetsPerSecond, boolean upgrade) {

    /** For servers without the feature. */
    public static final Http2Limits DEFAULT = new Http2Limits(200, true);

    /** A few for each server of the JVM. An entry goes once its listener's configuration is unreachable. */
    private static final List<Entry> ENTRIES = new CopyOnWriteArrayList<>();

    private record Entry(WeakReference<ListenerConfig> listener, Http2Limits limits) {}

    /**
     * Sets what all listeners of a server allow. Called before they are created.
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

    /** What was set for a listener, or else the default. */
    static Http2Limits of(ListenerConfig listener) {
        for (Entry entry : ENTRIES) {
            if (entry.listener.refersTo(listener)) {
                return entry.limits;
            }
        }
        return DEFAULT;
    }
}
