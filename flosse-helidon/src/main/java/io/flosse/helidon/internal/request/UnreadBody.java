package io.flosse.helidon.internal.request;

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
 * Ends the HTTP/1.1 connection of a request that is answered before its body was read whole. Helidon reads the rest of such a
 * body before it answers, however long that takes, and what it does not read it parses as the next request, also after {@code
 * Connection: close}.
 *
 * <p>The answer goes out at once; then a little of the body is read and thrown away, since a close with unread bytes resets the
 * connection, and a reset may destroy an answer that the client has not seen yet; then the connection is closed. The answer is
 * made by Helidon or by the application's error handler, so all this is prepared before and runs when the response was sent.
 */
public final class UnreadBody {

    /** How much is read after the answer. */
    private static final int MAX_DISCARDED = 64 * 1024;

    /** How long the connection stays open after the answer. */
    private static final Duration MAX_LINGER = Duration.ofSeconds(1);

    private final ServerRequest request;
    private final ServerResponse response;
    private final boolean http1;
    private volatile boolean answered;

    private UnreadBody(ServerRequest request, ServerResponse response) {
        this.request = request;
        this.response = response;
        this.http1 = isHttp1(request);
    }

    /** Prepares the end of the connection for the case that the request is answered early. */
    public static UnreadBody of(ServerRequest request, ServerResponse response) {
        UnreadBody body = new UnreadBody(request, response);
        if (body.http1 && announcesBody(request)) {
            request.streamFilter(in -> body.new Refusable(in));
            response.whenSent(body::sent);
        }
        return body;
    }

    private static boolean isHttp1(ServerRequest request) {
        return request.prologue().protocolVersion().startsWith("1");
    }

    private static boolean announcesBody(ServerRequest request) {
        return request.headers().contains(HeaderNames.CONTENT_LENGTH)
                || request.headers().contains(HeaderNames.TRANSFER_ENCODING);
    }

    private boolean isUnread() {
        return !request.content().consumed();
    }

    /** An answer other than the stream follows: it must not be stored, and ends the connection if the body was not read. */
    public void answering() {
        answered = true;
        response.headers().set(StreamHeaders.NO_STORE);
        if (http1 && isUnread()) {
            response.headers().set(HeaderValues.CONNECTION_CLOSE);
        }
    }

    /** The same for an answer that is made from an exception. Gives an exception that Helidon answers before it reads. */
    public RuntimeException answering(RuntimeException error) {
        answering();
        RuntimeException answerable =
                !http1 && error instanceof HttpException http ? Http2Errors.answerable(http) : error;
        boolean canCloseAfter = http1 || HelidonLine.HTTP2_ANSWERS_ANY_ERROR;
        return canCloseAfter && isUnread() ? answeredFirst(answerable) : answerable;
    }

    /**
     * flosse has no more to do with the request. On HTTP/2 Helidon now reads what is left of the body, for as long as the client
     * takes to send it or to leave.
     */
    public void handled() {
        if (!http1) {
            Http2Stream.of(request).ifPresent(Http2Stream::handled);
        }
    }

    /**
     * The same error without the wish to keep the connection, which makes Helidon read the body first. An exception class of
     * the user's own stays, since an error handler may be registered for it.
     */
    private static RuntimeException answeredFirst(RuntimeException error) {
        if (error instanceof RequestException failed) {
            RequestException.Builder same = RequestException.builder()
                    .message(failed.getMessage())
                    .cause(failed.getCause())
                    .type(failed.eventType())
                    .status(failed.status())
                    .request(failed.request())
                    .safeMessage(failed.safeMessage())
                    .setKeepAlive(false);
            failed.responseHeaders().forEach(same::header);
            return same.build();
        }
        if (!(error instanceof HttpException failed) || !failed.keepAlive()) {
            return error;
        }
        Class<?> type = failed.getClass();
        HttpException same;
        if (type == HttpException.class) {
            same = new HttpException(failed.getMessage(), failed.status(), failed.getCause(), false);
        } else if (type == InternalServerException.class) {
            same = new InternalServerException(failed.getMessage(), failed.getCause(), false);
        } else if (type == ForbiddenException.class) {
            same = new ForbiddenFirst(failed);
        } else if (type == UnauthorizedException.class) {
            same = new UnauthorizedFirst(failed);
        } else if (type == NotFoundException.class) {
            same = new NotFoundFirst(failed);
        } else {
            return error;
        }
        failed.headers().forEach(same::header);
        same.setStackTrace(failed.getStackTrace());
        return same;
    }

    private void sent() {
        if (isUnread()) {
            endConnection(response);
        }
    }

    /**
     * Before any handler of a request, flosse's or not: its answer is to announce the end of the connection if Helidon may give
     * it without the body, which the client then sends in place of its next request.
     */
    public static void announceEnd(ServerRequest request, ServerResponse response) {
        if (isHttp1(request)
                && request.headers().contains(HeaderNames.EXPECT)
                && announcesBody(request)
                && !request.continueSent()) {
            response.header(HeaderValues.CONNECTION_CLOSE);
        }
    }

    /**
     * After any handler of a request, flosse's or not: ends the connection if its body was not read and Helidon is not going to
     * read it either.
     */
    public static void endAnnounced(ServerRequest request, ServerResponse response) {
        if (isHttp1(request)
                && response.isSent()
                && announcesBody(request)
                && !request.content().consumed()
                && (!request.continueSent() || announcesClose(response))) {
            endConnection(response);
        }
    }

    private static boolean announcesClose(ServerResponse response) {
        return response.headers().values(HeaderNames.CONNECTION).stream()
                .anyMatch(token -> token.toLowerCase(Locale.ROOT).contains("close"));
    }

    /** Leaves Helidon a closed connection of which nothing can be read. */
    private static void endConnection(ServerResponse response) {
        // Keeps Helidon from reading the body, if an error handler has taken the header out.
        response.headers().set(HeaderValues.CONNECTION_CLOSE);
        ConnectionContext connection;
        try {
            connection = ConnectionSink.context(response).connectionContext();
            connection.serverSocket();
        } catch (RuntimeException | LinkageError hiddenOrInMemory) {
            throw new CloseConnectionException("The request was answered before its body was read", hiddenOrInMemory);
        }
        // On a thread of its own, because the end of the time is an interrupt.
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
            lingering.interrupt(); // what it reads or writes, it closes
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
        if (lingering.isAlive()) {
            throw new CloseConnectionException("The connection of an answered request could not be closed");
        }
    }

    private static void linger(ConnectionContext connection) {
        DataReader reader = connection.dataReader();
        try {
            // A queue of writes: Helidon 4.5 writes it by the first, Helidon 4.3 by the second.
            connection.dataWriter().flush();
            connection.dataWriter().close();
            discard(reader, MAX_DISCARDED);
            // A client that sends more than that sees the answer while it waits for room.
            Thread.sleep(MAX_LINGER);
        } catch (RuntimeException | InterruptedException e) {
            // The client has gone, or the time is over.
        }
        try {
            connection.serverSocket().close();
        } catch (UncheckedIOException e) {
            // It is closed.
        }
        try {
            // What the socket or TLS still holds must not reach Helidon.
            discard(reader, Long.MAX_VALUE);
        } catch (RuntimeException closed) {
            // Nothing can be read any more.
        }
    }

    private static void discard(DataReader reader, long most) {
        for (long left = most; left > 0; ) {
            reader.ensureAvailable();
            int available = reader.available();
            reader.skip(available);
            left -= available;
        }
    }

    /** Gives nothing more once the request was answered, to whoever wants to read its body before the answer. */
    private final class Refusable extends FilterInputStream {

        private Refusable(InputStream in) {
            super(in);
        }

        @Override
        public int read() throws IOException {
            check();
            return super.read();
        }

        @Override
        public int read(byte[] bytes, int offset, int length) throws IOException {
            check();
            return super.read(bytes, offset, length);
        }

        @Override
        public void close() throws IOException {
            if (!answered) {
                super.close();
            }
        }

        private void check() throws IOException {
            if (answered) {
                throw new IOException("The request is answered without the rest of its body");
            }
        }
    }

    private static final class ForbiddenFirst extends ForbiddenException {

        private static final long serialVersionUID = 1L;

        private ForbiddenFirst(HttpException same) {
            super(same.getMessage(), same.getCause());
        }

        @Override
        public boolean keepAlive() {
            return false;
        }
    }

    private static final class UnauthorizedFirst extends UnauthorizedException {

        private static final long serialVersionUID = 1L;

        private UnauthorizedFirst(HttpException same) {
            super(same.getMessage(), same.getCause());
        }

        @Override
        public boolean keepAlive() {
            return false;
        }
    }

    private static final class NotFoundFirst extends NotFoundException {

        private static final long serialVersionUID = 1L;

        private NotFoundFirst(HttpException same) {
            super(same.getMessage(), same.getCause());
        }

        @Override
        public boolean keepAlive() {
            return false;
        }
    }
}
