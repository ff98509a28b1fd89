package io.flosse.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.flosse.SseEvent;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** {@link SseClient} with handwritten HTTP responses. */
class SseClientTest {

    private static final String CHUNKED = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nX-Name: a b\r\n\r\n";

    private ServerSocket server;

    @BeforeEach
    void listen() throws IOException {
        server = new ServerSocket(0, 10, InetAddress.getLoopbackAddress());
    }

    @AfterEach
    void close() throws IOException {
        server.close();
    }

    private interface Answer {
        void write(Socket socket) throws Exception;
    }

    /** Responds to one request; completes with the head of the request. */
    private CompletableFuture<String> answer(Answer answer) {
        CompletableFuture<String> request = new CompletableFuture<>();
        Thread.startVirtualThread(() -> {
            try (Socket socket = server.accept()) {
                InputStream in = socket.getInputStream();
                StringBuilder head = new StringBuilder();
                while (!head.toString().endsWith("\r\n\r\n")) {
                    head.append((char) in.read());
                }
                answer.write(socket);
                request.complete(head.toString());
            } catch (Exception e) {
                request.completeExceptionally(e);
            }
        });
        return request;
    }

    private static void write(Socket socket, String text) throws IOException {
        socket.getOutputStream().write(text.getBytes(StandardCharsets.UTF_8));
    }

    private URI uri() {
        return URI.create("http://127.0.0.1:" + server.getLocalPort() + "/sse?a=b");
    }

    @Test
    void chunkBoundariesWithinFrameAndCharacterAreHandled() {
        byte[] frame = "data: \u20ac\n\n".getBytes(StandardCharsets.UTF_8);
        var unused = answer(socket -> {
            write(socket, CHUNKED);
            for (byte b : frame) {
                write(socket, "1\r\n");
                socket.getOutputStream().write(b);
                write(socket, "\r\n");
            }
            write(socket, "0\r\n\r\n");
        });
        try (SseClient client = SseClient.connect(uri())) {
            assertThat(client.next()).isEqualTo(SseEvent.of("\u20ac"));
            assertThat(client.untilEnd()).isEmpty();
            assertThat(client.endedCleanly()).isTrue();
        }
    }

    @Test
    void requestHasPathAndHeadersOfTheCaller() throws Exception {
        CompletableFuture<String> request = answer(socket -> write(socket, CHUNKED + "0\r\n\r\n"));
        try (SseClient client = SseClient.connect(uri(), "Last-Event-ID: 7")) {
            assertThat(client.status()).isEqualTo(200);
            assertThat(client.header("x-name")).contains("a b");
        }
        assertThat(request.get(5, TimeUnit.SECONDS))
                .startsWith("GET /sse?a=b HTTP/1.1\r\n")
                .contains("\r\nLast-Event-ID: 7\r\n", "\r\nAccept: text/event-stream\r\n");
    }

    @Test
    void truncatedStreamIsNoCleanEnd() {
        var unused = answer(socket -> write(socket, CHUNKED + "9\r\ndata: a\n\n\r\n5\r\nda"));
        try (SseClient client = SseClient.connect(uri())) {
            assertThat(client.untilEnd()).isEqualTo(List.of(SseEvent.of("a")));
            assertThat(client.endedCleanly()).isFalse();
        }
    }

    @Test
    void lastChunkEndsTheStreamEvenIfTheConnectionStaysOpen() throws Exception {
        CompletableFuture<Void> done = new CompletableFuture<>();
        var unused = answer(socket -> {
            write(socket, CHUNKED + "9\r\ndata: a\n\n\r\n0\r\n\r\n");
            done.get(10, TimeUnit.SECONDS);
        });
        try (SseClient client = SseClient.connect(uri())) {
            assertThat(client.endedCleanly()).isTrue();
        } finally {
            done.complete(null);
        }
    }

    @Test
    void bodyWithContentLengthIsRead() {
        var unused = answer(socket -> write(socket, "HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\n\r\nno"));
        try (SseClient client = SseClient.connect(uri())) {
            assertThat(client.status()).isEqualTo(403);
            assertThat(client.body()).isEqualTo("no");
        }
    }

    @Test
    void nextAfterTheEndFailsWithAnExplanation() {
        var unused = answer(socket -> write(socket, CHUNKED + "4\r\n: c\n\r\n0\r\n\r\n"));
        try (SseClient client = SseClient.connect(uri())) {
            assertThatExceptionOfType(AssertionError.class)
                    .isThrownBy(client::next)
                    .withMessageContaining("ended")
                    .withMessageContaining(": c");
        }
    }
}
