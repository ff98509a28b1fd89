package io.flosse.helidon.internal.request;

import io.flosse.helidon.internal.transport.BodilessResponse;
import io.flosse.helidon.internal.transport.ConnectionSink;
import io.flosse.helidon.internal.transport.HelidonLine;
import io.flosse.helidon.internal.transport.Http2Stream;
import io.flosse.helidon.internal.transport.StreamHeaders;
import io.helidon.common.buffers.DataReader;
import io.helidon.http.ForbiddenException;
import io.helidon.http.HeaderNames;
import io.helidon.http.HeaderValues;
import io.helidon.http.HttpException;
import io.helidon.http.InternalServerException;
import io.helidon.http.Method;
import io.helidon.http.NotFoundException;
import io.helidon.http.RequestException;
import io.helidon.http.UnauthorizedException;
import io.helidon.webserver.CloseConnectionException;
import io.helidon.webserver.ConnectionContext;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.Locale;

/**
 * Closes the HTTP/1.1 connection of a request that is answered before its body was read completely.
 *
 * <p>Helidon reads the rest of such a body before it answers, without a time limit. It parses bytes that it has not
 * read as the next request, even after {@code Connection: close}.
 *
 * <p>Instead, the response is sent at once. Then a limited part of the body is read and discarded, and the connection
 * is closed. The discard is needed because a close with unread bytes resets the connection, and a reset may destroy a
 * response that the client has not read yet. Helidon or the application's error handler creates the response. So all of
 * this is prepared before, and runs when the response has been sent.
 */
public final class UnreadBody {

    /** Maximum number of bytes of the body that are read after the response. */
    private static final int MAX_DISCARDED = 64 * 1024;

    /** Maximum time that the connection stays open after the response. */
    private static final Duration MAX_LINGER = Duration.ofSeconds(1);

    private final ServerRequest request;
    private final ServerResponse response;
    private final boolean http1;

    /** Whether the request gets a response other than the stream, so that its body is no longer read. */
    private volatile boolean answered;

    private UnreadBody(ServerRequest request, ServerResponse response) {
        this.request = request;
        this.response = response;
        this.http1 = isHttp1(request);
    }

    /** Prepares the close of the connection in case the request is answered before its body is read. */
    public static UnreadBody of(ServerRequest request, ServerResponse response) {
        UnreadBody unread = new UnreadBody(request, response);
        if (unread.http1 && hasBodyHeader(request)) {
            request.streamFilter(in -> unread.new BodyStream(in));
            response.whenSent(unread::onSent);
        }
        return unread;
    }

    private static boolean isHttp1(ServerRequest request) {
        return request.prologue().protocolVersion().startsWith("1");
    }

    private static boolean hasBodyHeader(ServerRequest request) {
        return request.headers().contains(HeaderNames.CONTENT_LENGTH)
                || request.headers().contains(HeaderNames.TRANSFER_ENCODING);
    }

    private boolean isUnread() {
        return !request.content().consumed();
    }

    /**
     * Prepares a response other than the stream. The response must not be cached. It closes the connection if the body
     * was not read.
     */
    public void prepareAnswer() {
        answered = true;
        response.headers().set(StreamHeaders.NO_STORE);
        if (http1 && isUnread()) {
            response.headers().set(HeaderValues.CONNECTION_CLOSE);
        }
    }

    /**
     * Prepares the response to an exception, as {@link #prepareAnswer()} does. The response to HEAD gets no body.
     *
     * @return the exception to throw; Helidon answers it before it reads the rest of the body, if this Helidon can do
     *     that
     */
    public RuntimeException prepareAnswer(RuntimeException error) {
        prepareAnswer();
        if (request.prologue().method().equals(Method.HEAD)) {
            BodilessResponse.prepare(response);
        }
        RuntimeException answerable =
                !http1 && error instanceof HttpException http ? Http2Errors.withKeepAlive(http) : error;
        boolean canAnswerWithoutKeepAlive = http1 || HelidonLine.HTTP2_ANSWERS_ANY_ERROR;
        return canAnswerWithoutKeepAlive && isUnread() ? withoutKeepAlive(answerable) : answerable;
    }

    /**
     * Ends flosse's part in the request. On HTTP/2 Helidon now reads the rest of the body until the client has sent it
     * or has disconnected.
     */
    public void handled() {
        if (!http1) {
            Http2Stream.of(request).ifPresent(Http2Stream::handled);
        }
    }

    /**
     * Returns an equal exception that does not keep the connection, because Helidon reads the body before it answers an
     * exception that does. A user-defined exception class is returned unchanged, because an error handler may be
     * registered for it.
     */
    private static RuntimeException withoutKeepAlive(RuntimeException error) {
        if (error instanceof RequestException original) {
            RequestException.Builder copy = RequestException.builder()
                    .message(original.getMessage())
                    .cause(original.getCause())
                    .type(original.eventType())
                    .status(original.status())
                    .request(original.request())
                    .safeMessage(original.safeMessage())
                    .setKeepAlive(false);
            original.responseHeaders().forEach(copy::header);
            return copy.build();
        }
        if (!(error instanceof HttpException original) || !original.keepAlive()) {
            return error;
        }
        Class<?> type = original.getClass();
        HttpException copy;
        if (type == HttpException.class) {
            copy = new HttpException(original.getMessage(), original.status(), original.getCause(), false);
        } else if (type == InternalServerException.class) {
            copy = new InternalServerException(original.getMessage(), original.getCause(), false);
        } else if (type == ForbiddenException.class) {
            copy = new ClosingForbiddenException(original);
        } else if (type == UnauthorizedException.class) {
            copy = new ClosingUnauthorizedException(original);
        } else if (type == NotFoundException.class) {
            copy = new ClosingNotFoundException(original);
        } else {
            return error;
        }
        original.headers().forEach(copy::header);
        copy.setStackTrace(original.getStackTrace());
        return copy;
    }

    private void onSent() {
        if (isUnread()) {
            closeConnection(response);
        }
    }

    /**
     * Sets {@code Connection: close} on the response if the client waits for {@code 100 Continue}. Called before any
     * handler of a request, flosse's or not. Helidon may answer such a request without its body; the client would then
     * send the body where Helidon expects the next request.
     */
    public static void announceClose(ServerRequest request, ServerResponse response) {
        if (isHttp1(request)
                && request.headers().contains(HeaderNames.EXPECT)
                && hasBodyHeader(request)
                && !request.continueSent()) {
            response.header(HeaderValues.CONNECTION_CLOSE);
        }
    }

    /**
     * Closes the connection if the body was not read and Helidon will not read it either. Called after any handler of a
     * request, flosse's or not.
     */
    public static void closeIfUnread(ServerRequest request, ServerResponse response) {
        if (isHttp1(request)
                && response.isSent()
                && hasBodyHeader(request)
                && !request.content().consumed()
                && (!request.continueSent() || announcesClose(response))) {
            closeConnection(response);
        }
    }

    private static boolean announcesClose(ServerResponse response) {
        return response.headers().values(HeaderNames.CONNECTION).stream()
                .anyMatch(token -> token.toLowerCase(Locale.ROOT).contains("close"));
    }

    /** Closes the connection of a response, so that Helidon cannot read anything more from it. */
    private static void closeConnection(ServerResponse response) {
        // An error handler may have removed the header; without it Helidon would read the body.
        response.headers().set(HeaderValues.CONNECTION_CLOSE);
        ConnectionContext connection;
        try {
            connection = ConnectionSink.context(response).connectionContext();
            connection.serverSocket();
        } catch (RuntimeException | LinkageError hiddenOrInMemory) {
            throw new CloseConnectionException("The request was answered before its body was read", hiddenOrInMemory);
        }
        // On a separate thread, because the time limit is enforced by an interrupt.
        Thread lingering = Thread.ofVirtual().name("flosse-linger").start(() -> linger(connection));
        boolean interrupted = false;
        for (int attempt = 0; attempt < 2 && lingering.isAlive(); attempt++) {
            try {
                if (lingering.join(MAX_LINGER)) {
                    break;
                }
            } catch (InterruptedException e) {
                interrupted = true;
            }
            lingering.interrupt(); // an interrupted read or write closes the socket
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
        if (lingering.isAlive()) {
            throw new CloseConnectionException(
                    "The request was answered before its body was read, but its connection could not be closed");
        }
    }

    private static void linger(ConnectionContext connection) {
        DataReader reader = connection.dataReader();
        try {
            // The response may be in Helidon's write queue: 4.5 writes that queue in flush(), 4.3 in close().
            connection.dataWriter().flush();
            connection.dataWriter().close();
            discard(reader, MAX_DISCARDED);
            // A client with a larger body can read the response while its send buffer is full.
            Thread.sleep(MAX_LINGER);
        } catch (RuntimeException | InterruptedException e) {
            // The client has disconnected, or the time limit has passed.
        }
        try {
            connection.serverSocket().close();
        } catch (UncheckedIOException e) {
            // The socket is already closed.
        }
        try {
            // Bytes buffered by the socket or by TLS must not reach Helidon.
            discard(reader, Long.MAX_VALUE);
        } catch (RuntimeException closed) {
            // All buffered bytes are discarded.
        }
    }

    private static void discard(DataReader reader, long maxBytes) {
        for (long remaining = maxBytes; remaining > 0; ) {
            reader.ensureAvailable();
            int available = reader.available();
            reader.skip(available);
            remaining -= available;
        }
    }

    /**
     * The request's body stream. Once the request is answered, its reads fail and it can no longer be closed, so that
     * no code reads the rest of the body before the response is sent.
     */
    private final class BodyStream extends FilterInputStream {

        private BodyStream(InputStream in) {
            super(in);
        }

        @Override
        public int read() throws IOException {
            requireUnanswered();
            return super.read();
        }

        @Override
        public int read(byte[] bytes, int offset, int length) throws IOException {
            requireUnanswered();
            return super.read(bytes, offset, length);
        }

        @Override
        public void close() throws IOException {
            if (!answered) {
                super.close();
            }
        }

        private void requireUnanswered() throws IOException {
            if (answered) {
                throw new IOException("The request is already answered, so the rest of its body cannot be read");
            }
        }
    }

    private static final class ClosingForbiddenException extends ForbiddenException {

        private static final long serialVersionUID = 1L;

        private ClosingForbiddenException(HttpException original) {
            super(original.getMessage(), original.getCause());
        }

        @Override
        public boolean keepAlive() {
            return false;
        }
    }

    private static final class ClosingUnauthorizedException extends UnauthorizedException {

        private static final long serialVersionUID = 1L;

        private ClosingUnauthorizedException(HttpException original) {
            super(original.getMessage(), original.getCause());
        }

        @Override
        public boolean keepAlive() {
            return false;
        }
    }

    private static final class ClosingNotFoundException extends NotFoundException {

        private static final long serialVersionUID = 1L;

        private ClosingNotFoundException(HttpException original) {
            super(original.getMessage(), original.getCause());
        }

        @Override
        public boolean keepAlive() {
            return false;
        }
    }
}
