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
 * The head of an HTTP/1.1 response whose body flosse writes directly to the connection. It also marks the response as
 * sent for Helidon. All methods are called under the stream's write lock, except {@link #release}, which is called
 * last.
 */
interface ResponseHead {

    /**
     * Prepares the head. If that fails, nothing was sent, and Helidon can still use the response.
     *
     * @throws RuntimeException if a header is invalid or a listener of the response throws
     */
    void prepare();

    /** Sends the head and the first bytes of the body in one write. */
    void send(byte[] bytes, int offset, int length);

    /** Sends the head alone: the answer to HEAD, or the start of a stream whose body follows later. */
    void sendAlone();

    /** Marks the response as sent and runs its listeners. */
    void release();

    /** Returns the head for the Helidon version in use. */
    static ResponseHead of(ServerResponse response, StreamHeaders headers, SinkProviderContext context) {
        return HelidonLine.SENT_BY_COMMIT
                ? new OutputStreamHead(response, headers, context)
                : new ConnectionHead(response, headers, context);
    }

    /** Sets the headers for a chunked body. Keeps all other headers, such as those of filters and CORS. */
    private static ServerResponseHeaders setChunked(ServerResponse response) {
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
     * The head for Helidon 4.4.1 and later, where committing the output stream marks a response as sent. The head is
     * written to that stream; the body then bypasses it. The stream must neither chunk nor encode the body, nor check
     * its length. So it is requested while the headers claim a length and an encoding.
     */
    final class OutputStreamHead implements ResponseHead {

        private static final Header ANY_LENGTH =
                HeaderValues.createCached(HeaderNames.CONTENT_LENGTH, Long.toString(Long.MAX_VALUE));

        private final ServerResponse response;
        private final StreamHeaders headers;
        private final SinkProviderContext context;
        private @Nullable OutputStream out;

        private OutputStreamHead(ServerResponse response, StreamHeaders headers, SinkProviderContext context) {
            this.response = response;
            this.headers = headers;
            this.context = context;
        }

        @Override
        public void prepare() {
            headers.setWithRoute(response);
            response.headers().remove(HeaderNames.TRAILER);
            response.headers().set(ANY_LENGTH);
            response.headers().set(StreamHeaders.NO_ENCODER);
            boolean prepared = false;
            try {
                out = response.outputStream();
                ResponseHead.setChunked(response);
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

        @Override
        public void sendAlone() {
            context.flushHeaders();
        }

        /** Returns whether the application has wrapped Helidon's stream in a filter, which could change the framing. */
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
                // The client has disconnected before the head was sent.
            }
            if (!response.isSent()) {
                ConnectionSink.markSent(response);
            }
        }
    }

    /** The head for Helidon 4.3, where the close action of a sink marks the response as sent. */
    final class ConnectionHead implements ResponseHead {

        private static final byte[] STATUS_LINE = "HTTP/1.1 200 OK\r\n".getBytes(StandardCharsets.US_ASCII);
        private static final byte[] DATE = "Date: ".getBytes(StandardCharsets.US_ASCII);

        private final ServerResponse response;
        private final StreamHeaders streamHeaders;
        private final SinkProviderContext context;
        private @Nullable BufferData head;

        private ConnectionHead(ServerResponse response, StreamHeaders headers, SinkProviderContext context) {
            this.response = response;
            this.streamHeaders = headers;
            this.context = context;
        }

        @Override
        public void prepare() {
            streamHeaders.setWithRoute(response);
            ServerResponseHeaders headers = ResponseHead.setChunked(response);
            BufferData buffer = BufferData.growing(512);
            buffer.write(STATUS_LINE);
            if (!headers.contains(HeaderNames.DATE)) {
                buffer.write(DATE);
                buffer.write(DateTime.http1Bytes());
            }
            for (Header header : headers) {
                header.writeHttp1Header(buffer);
            }
            buffer.write('\r');
            buffer.write('\n');
            head = buffer;
        }

        @Override
        public void send(byte[] bytes, int offset, int length) {
            BufferData buffer = Objects.requireNonNull(head);
            buffer.write(bytes, offset, length);
            context.connectionContext().dataWriter().writeNow(buffer);
        }

        @Override
        public void sendAlone() {
            context.connectionContext().dataWriter().writeNow(Objects.requireNonNull(head));
        }

        @Override
        public void release() {
            context.closeRunnable().run();
        }
    }
}
