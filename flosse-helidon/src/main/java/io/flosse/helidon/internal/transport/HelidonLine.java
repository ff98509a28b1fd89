package io.flosse.helidon.internal.transport;

import io.helidon.common.buffers.DataReader;
import io.helidon.http.HttpPrologue;
import io.helidon.http.Method;
import io.helidon.webserver.ConnectionContext;
import io.helidon.webserver.ListenerConfig;
import io.helidon.webserver.http.ServerResponse;
import io.helidon.webserver.http.spi.SinkProviderContext;
import java.net.UnixDomainSocketAddress;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** What differs between the lines of Helidon that flosse runs on, found by trying: no version is known at run time. */
public final class HelidonLine {

    /**
     * Whether a response counts as sent when its output stream is committed, and a content encoding that was set before is
     * respected: Helidon 4.4.1 and later. On Helidon 4.3 the close action of a sink does the former.
     */
    public static final boolean SENT_BY_COMMIT = hasFlushHeaders();

    /**
     * Whether any error can be answered on HTTP/2: Helidon 4.5 and later. Before, an exception that does not keep its connection
     * resets the stream there.
     */
    public static final boolean HTTP2_ANSWERS_ANY_ERROR = hasPrologueWithPath();

    private HelidonLine() {}

    /**
     * Returns whether the connections of a listener are adaptors of channels, with {@code use-nio: false}: Helidon 4.4 and later
     * only, since a socket of Helidon 4.3 is never a channel.
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
     * Returns whether a listener listens on a Unix domain socket, which Helidon 4.3 cannot.
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
            HttpPrologue unused = prologue.withUriPath(prologue.uriPath()); // came with the same version
            return true;
        } catch (NoSuchMethodError before45) {
            return false;
        }
    }

    /**
     * A reader of what a supplier supplies.
     *
     * @param source gives the next bytes, or null at the end
     * @return the reader
     */
    @SuppressWarnings({"removal", "NullAway"}) // the constructor, on 4.3; null is Helidon's contract
    public static DataReader dataReader(Supplier<byte @Nullable []> source) {
        return SENT_BY_COMMIT ? DataReader.create(source) : new DataReader(source);
    }

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
