package io.flosse.helidon.internal.transport;

import io.helidon.common.buffers.DataReader;
import io.helidon.http.HttpPrologue;
import io.helidon.http.Method;
import io.helidon.webserver.ConnectionContext;
import io.helidon.webserver.ListenerConfig;
import io.helidon.webserver.ProxyProtocolData;
import io.helidon.webserver.ProxyProtocolV2Data;
import io.helidon.webserver.http.ServerResponse;
import io.helidon.webserver.http.spi.SinkProviderContext;
import java.net.UnixDomainSocketAddress;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The differences between the supported release lines of Helidon. They are detected by probing the API, since the
 * version may be unknown at run time.
 */
public final class HelidonLine {

    /**
     * Whether committing the output stream marks a response as sent, and whether Helidon respects a content encoding
     * that was set before: Helidon 4.4.1 and later. On Helidon 4.3, the close action of a sink marks a response as
     * sent.
     */
    public static final boolean SENT_BY_COMMIT = hasFlushHeaders();

    /**
     * Whether every error gets a response on HTTP/2: Helidon 4.5 and later. Older versions reset the stream for an
     * exception that does not keep its connection alive.
     */
    public static final boolean HTTP2_ANSWERS_ANY_ERROR = hasPrologueWithPath();

    private HelidonLine() {}

    /**
     * Returns whether a listener has {@code use-nio: false}, so that its sockets are adaptors of channels. Always false
     * on Helidon 4.3, whose sockets are never based on channels.
     *
     * @param listener the listener
     */
    public static boolean hasSocketsWithoutNio(ListenerConfig listener) {
        try {
            return !listener.useNio();
        } catch (NoSuchMethodError helidon43) {
            return false;
        }
    }

    /**
     * Returns whether a listener listens on a Unix domain socket. Always false on Helidon 4.3, which does not support
     * them.
     *
     * @param listener the listener
     */
    public static boolean isUnixDomainSocket(ListenerConfig listener) {
        try {
            return listener.bindAddress()
                    .filter(UnixDomainSocketAddress.class::isInstance)
                    .isPresent();
        } catch (NoSuchMethodError helidon43) {
            return false;
        }
    }

    /**
     * Returns whether a proxy has made a connection for itself, such as a health check, so that the addresses in its
     * PROXY protocol header mean nothing. Always false on Helidon 4.3, which does not tell.
     *
     * @param proxy the header
     */
    public static boolean isLocal(ProxyProtocolData proxy) {
        try {
            return proxy instanceof ProxyProtocolV2Data v2 && v2.command() == ProxyProtocolV2Data.Command.LOCAL;
        } catch (NoClassDefFoundError helidon43) {
            return false;
        }
    }

    private static boolean hasFlushHeaders() {
        try {
            new NoContext().flushHeaders();
            return true;
        } catch (NoSuchMethodError helidon43) {
            return false;
        }
    }

    private static boolean hasPrologueWithPath() {
        HttpPrologue prologue = HttpPrologue.create("HTTP/1.1", "HTTP", "1.1", Method.GET, "/", false);
        try {
            HttpPrologue unused = prologue.withUriPath(prologue.uriPath()); // also added in 4.5
            return true;
        } catch (NoSuchMethodError before45) {
            return false;
        }
    }

    /**
     * Returns a reader of the bytes of a supplier.
     *
     * @param source returns the next bytes, or null at the end
     * @return the reader
     */
    @SuppressWarnings({"removal", "NullAway"}) // 4.3 has only the constructor; Helidon's contract allows null
    public static DataReader dataReader(Supplier<byte @Nullable []> source) {
        return SENT_BY_COMMIT ? DataReader.create(source) : new DataReader(source);
    }

    /** A context to probe for a default method. */
    private static final class NoContext implements SinkProviderContext {

        @Override
        public ServerResponse serverResponse() {
            throw new IllegalStateException("There is no response");
        }

        @Override
        public ConnectionContext connectionContext() {
            throw new IllegalStateException("There is no connection");
        }

        @Override
        public Runnable closeRunnable() {
            throw new IllegalStateException("There is no response");
        }
    }
}
