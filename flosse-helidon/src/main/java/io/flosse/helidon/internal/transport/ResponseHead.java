package io.flosse.helidon.internal.transport;

import io.helidon.common.buffers.BufferData;
import io.helidon.http.DateTime;
import io.helidon.http.Header;
import io.helidon.http.HeaderNames;
import io.helidon.http.HeaderValues;
import io.helidon.http.ServerResponseHeaders;
import io.helidon.webserver.ServerConnectionException;
import io.helidon.webserver.http.ServerResponse;
import io.helidon.webserver.http.spi.SinkProviderContext;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The head of an HTTP/1.1 response whose body flosse writes straight to the connection, and how Helidon learns that this
 * response was sent. Methods are called under the write lock, {@link #release} after everything else.
 */
interface ResponseHead {

    /**
     * Makes the head. If that fails, nothing was sent and the response is still Helidon's.
     *
     * @throws RuntimeException if a header is invalid, or what a listener of the response throws
     */
    void prepare();

    /** Sends the head and the first bytes of the body in one write. */
    void send(byte[] bytes, int offset, int length);

    /** Marks the response as sent and runs its listeners. */
    void release();

    /** The head for this Helidon. */
    static ResponseHead of(ServerResponse response, SinkProviderContext context) {
        return HelidonLine.SENT_BY_COMMIT ? new ByOutputStream(response, context) : new ByConnection(response, context);
    }

    /** Says how the body is framed. What filters and CORS have set stays. */
    private static ServerResponseHeaders chunked(ServerResponse response) {
        ServerResponseHeaders headers = response.headers();
        headers.remove(HeaderNames.CONTENT_LENGTH);
        headers.remove(HeaderNames.CONTENT_ENCODING);
        headers.remove(HeaderNames.TRAILER);
        headers.forEach(Header::validate);
        headers.set(HeaderValues.TRANSFER_ENCODING_CHUNKED);
        headers.set(HeaderValues.CONNECTION_CLOSE);
        return headers;
    }

    /**
     * For Helidon 4.4.1 and later, where a response counts as sent when its output stream is committed. The head goes through
     * that stream; afterwards the body bypasses it. The stream must neither chunk nor encode nor complain of the length, so it
     * is taken while the headers say that the body has a length and an encoding.
     */
    final class ByOutputStream implements ResponseHead {

        private static final Header ANY_LENGTH =
                HeaderValues.createCached(HeaderNames.CONTENT_LENGTH, Long.toString(Long.MAX_VALUE));

        private final ServerResponse response;
        private final SinkProviderContext context;
        private @Nullable OutputStream out;

        private ByOutputStream(ServerResponse response, SinkProviderContext context) {
            this.response = response;
            this.context = context;
        }

        @Override
        public void prepare() {
            StreamHeaders.set(response);
            response.headers().remove(HeaderNames.TRAILER);
            response.headers().set(ANY_LENGTH);
            response.headers().set(StreamHeaders.NO_ENCODER);
            boolean prepared = false;
            try {
                out = response.outputStream();
                ResponseHead.chunked(response);
                prepared = true;
            } finally {
                if (!prepared) {
                    response.headers().remove(HeaderNames.CONTENT_LENGTH);
                    response.headers().remove(HeaderNames.CONTENT_ENCODING);
                }
            }
        }

        @Override
        public void send(byte[] bytes, int offset, int length) {
            OutputStream stream = Objects.requireNonNull(out);
            if (isFilter(stream)) {
                context.flushHeaders();
                context.connectionContext().dataWriter().writeNow(BufferData.createReadOnly(bytes, offset, length));
                return;
            }
            try {
                stream.write(bytes, offset, length);
                stream.flush();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        /** Whether the application has put a filter of its own before Helidon's stream: it would change the framing. */
        private boolean isFilter(OutputStream stream) {
            return !stream.getClass()
                    .getPackageName()
                    .equals(response.getClass().getPackageName());
        }

        @Override
        public void release() {
            try {
                context.closeRunnable().run();
            } catch (ServerConnectionException gone) {
                // The head was not sent, and now it cannot be.
            }
            if (!response.isSent()) {
                ConnectionSink.markSent(response);
            }
        }
    }

    /** For Helidon 4.3, where the close action of a sink marks the response as sent. */
    final class ByConnection implements ResponseHead {

        private static final byte[] STATUS_LINE = "HTTP/1.1 200 OK\r\n".getBytes(StandardCharsets.US_ASCII);
        private static final byte[] DATE = "Date: ".getBytes(StandardCharsets.US_ASCII);

        private final ServerResponse response;
        private final SinkProviderContext context;
        private @Nullable BufferData head;

        private ByConnection(ServerResponse response, SinkProviderContext context) {
            this.response = response;
            this.context = context;
        }

        @Override
        public void prepare() {
            StreamHeaders.set(response);
            ServerResponseHeaders headers = ResponseHead.chunked(response);
            BufferData made = BufferData.growing(512);
            made.write(STATUS_LINE);
            if (!headers.contains(HeaderNames.DATE)) {
                made.write(DATE);
                made.write(DateTime.http1Bytes());
            }
            for (Header header : headers) {
                header.writeHttp1Header(made);
            }
            made.write('\r');
            made.write('\n');
            head = made;
        }

        @Override
        public void send(byte[] bytes, int offset, int length) {
            BufferData made = Objects.requireNonNull(head);
            made.write(bytes, offset, length);
            context.connectionContext().dataWriter().writeNow(made);
        }

        @Override
        public void release() {
            context.closeRunnable().run();
        }
    }
}
