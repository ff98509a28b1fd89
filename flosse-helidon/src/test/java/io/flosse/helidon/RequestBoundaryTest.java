package io.flosse.helidon;

import static org.assertj.core.api.Assertions.assertThat;

import io.flosse.EndCause;
import io.flosse.helidon.fixture.AllLogs;
import io.flosse.helidon.fixture.RawConnection;
import io.flosse.helidon.fixture.SocketType;
import io.flosse.helidon.fixture.TestServer;
import io.helidon.http.ForbiddenException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Bytes that a client may send around and after its request while flosse watches the connection. */
class RequestBoundaryTest {

    private static final String CHUNKED_POST =
            "POST /echo HTTP/1.1\r\nHost: 127.0.0.1\r\nTransfer-Encoding: chunked\r\n";

    /** Yields the body, and waits until the client disconnects. */
    private static final SseRoute ECHO = Flosse.stream((request, sink) -> {
        sink.yield(request.body(String.class));
        new CountDownLatch(1).await();
    });

    private static TestServer echo(SocketType socketType) {
        return TestServer.on(socketType)
                .routing(routing -> routing.post("/echo", ECHO))
                .start();
    }

    @ParameterizedTest
    @EnumSource
    void disconnectIsDetectedAfterChunkedPost(SocketType socketType) {
        try (TestServer server = echo(socketType);
                AllLogs logs = new AllLogs();
                RawConnection client = server.connect().write(CHUNKED_POST + "\r\n5\r\nhello\r\n")) {
            client.write("6\r\n world\r\n0\r\n\r\n").awaitText("data: hello world\n\n");

            client.fin();

            assertThat(server.awaitCause()).isEqualTo(EndCause.CLIENT_GONE);
            assertThat(logs.aboveDebug()).isEmpty();
        }
    }

    @ParameterizedTest
    @EnumSource
    void disconnectIsDetectedAfterExpectContinue(SocketType socketType) {
        try (TestServer server = echo(socketType);
                AllLogs logs = new AllLogs();
                RawConnection client = server.connect().write(CHUNKED_POST + "Expect: 100-continue\r\n\r\n")) {
            client.awaitText("HTTP/1.1 100 Continue\r\n\r\n")
                    .write("5\r\nhello\r\n0\r\n\r\n")
                    .awaitText("HTTP/1.1 200 OK\r\n")
                    .awaitText("data: hello\n\n");

            client.fin();

            assertThat(server.awaitCause()).isEqualTo(EndCause.CLIENT_GONE);
            assertThat(logs.aboveDebug()).isEmpty();
        }
    }

    @ParameterizedTest
    @EnumSource
    void pipelinedRequestIsDroppedWithTheConnection(SocketType socketType) throws Exception {
        var requests = new AtomicInteger();
        var goOn = new CountDownLatch(1);
        SseRoute route = Flosse.stream((request, sink) -> {
            requests.incrementAndGet();
            goOn.await();
        });
        String request = "GET /sse HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n";
        try (TestServer server = TestServer.on(socketType).get("/sse", route).start();
                RawConnection client = server.connect().write(request + request).awaitText("\r\n\r\n")) {
            client.write(request);

            goOn.countDown();

            client.awaitEnd();
            assertThat(client.isComplete()).isTrue();
            assertThat(client.text()).containsOnlyOnce("HTTP/1.1").containsIgnoringCase("connection: close\r\n");
            assertThat(server.awaitCause()).isEqualTo(EndCause.COMPLETED);
        }
        assertThat(requests).hasValue(1);
    }

    /** The disconnect watcher may not have started to read when the generator has already returned. */
    @ParameterizedTest
    @EnumSource
    void pipelinedRequestIsDroppedIfTheGeneratorReturnsImmediately(SocketType socketType) {
        var requests = new AtomicInteger();
        SseRoute route = Flosse.stream((request, sink) -> requests.incrementAndGet());
        String request = "GET /sse HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n";
        int rounds = 200;
        try (TestServer server = TestServer.on(socketType).get("/sse", route).start();
                AllLogs logs = new AllLogs()) {
            for (int round = 0; round < rounds; round++) {
                try (RawConnection client = server.connect().write(request.repeat(3))) {
                    client.awaitText("\r\n0\r\n\r\n");
                    assertThat(server.awaitCause()).isEqualTo(EndCause.COMPLETED);
                }
            }
            assertThat(requests).hasValue(rounds);
            assertThat(logs.aboveDebug()).isEmpty();
        }
    }

    @Test
    void pipelinedRequestIsDroppedIfTheFirstRequestFails() {
        var requests = new AtomicInteger();
        SseRoute route = Flosse.stream((request, sink) -> {
                    requests.incrementAndGet();
                    throw new ForbiddenException("not today");
                })
                .openOnFirstYield();
        String request = "GET /sse HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n";
        int rounds = 200;
        try (TestServer server =
                        TestServer.on(SocketType.PLAIN).get("/sse", route).start();
                AllLogs logs = new AllLogs()) {
            for (int round = 0; round < rounds; round++) {
                try (RawConnection client = server.connect().write(request.repeat(3))) {
                    client.awaitText("HTTP/1.1 403 Forbidden\r\n");
                    assertThat(server.awaitCause()).isEqualTo(EndCause.FAILED);
                }
            }
            assertThat(requests).hasValue(rounds);
            assertThat(logs.aboveDebug()).isEmpty();
        }
    }

    /** 64 MiB after the request are discarded, and the stream continues. */
    @ParameterizedTest
    @EnumSource
    void bytesAfterTheRequestAreDiscarded(SocketType socketType) throws Exception {
        var flooded = new CountDownLatch(1);
        SseRoute route = Flosse.stream((request, sink) -> {
            flooded.await();
            sink.yield("still here");
        });
        try (TestServer server = TestServer.on(socketType).get("/sse", route).start();
                RawConnection client = server.get("/sse")) {
            long before = liveHeap();
            byte[] junk = new byte[1024 * 1024];
            for (int i = 0; i < 64; i++) {
                client.write(junk);
            }
            long kept = liveHeap() - before;
            flooded.countDown();

            client.awaitText("data: still here\n\n");
            assertThat(kept).isLessThan(16L * 1024 * 1024);
            assertThat(server.awaitCause()).isEqualTo(EndCause.COMPLETED);
        }
    }

    private static long liveHeap() {
        System.gc();
        Runtime runtime = Runtime.getRuntime();
        return runtime.totalMemory() - runtime.freeMemory();
    }
}
