package io.flosse.examples;

import io.flosse.testing.SseClient;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Deque;

/** A client that asks for a long stream and never reads it, so that its server can't drain before the grace is over. */
final class StuckClient implements AutoCloseable {

    private static final String PATH = "/sse/burst";
    private static final int LOOKS = 20;

    private final ExamplesServer server;
    private final Socket socket;

    private StuckClient(ExamplesServer server, Socket socket) {
        this.server = server;
        this.socket = socket;
    }

    static StuckClient connect(ExamplesServer server) throws IOException {
        Socket socket = new Socket();
        socket.setReceiveBufferSize(4096);
        socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), server.port()));
        String request = "GET " + PATH + "?n=1000000 HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n";
        socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
        return new StuckClient(server, socket);
    }

    /** Waits until the buffers between are full: the server has written, and writes no more. */
    void awaitStuck() {
        Deque<String> seen = new ArrayDeque<>();
        Deadline.await(
                () -> {
                    seen.add(bytes());
                    return seen.size() > LOOKS
                            && seen.removeFirst().equals(seen.getLast())
                            && !seen.getLast().isEmpty();
                },
                "the server to be stuck in a write");
    }

    private String bytes() {
        try (SseClient streams = SseClient.connect(server.uri("/streams"), "Accept: */*")) {
            String body = streams.body();
            int at = body.indexOf("\"bytes\":", body.indexOf(PATH));
            String bytes = at < 0 ? "" : body.substring(at, body.indexOf(',', at));
            return bytes.endsWith(":0") ? "" : bytes;
        }
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
