package io.flosse.helidon.internal.transport;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;

import io.flosse.EndCause;
import io.flosse.StreamInfo;
import io.flosse.helidon.Flosse;
import io.flosse.helidon.FlosseFeature;
import io.flosse.helidon.SseRoute;
import io.helidon.common.buffers.BufferData;
import io.helidon.common.concurrency.limits.Limit;
import io.helidon.webserver.ConnectionContext;
import io.helidon.webserver.ProtocolConfigs;
import io.helidon.webserver.WebServer;
import io.helidon.webserver.http.HttpRouting;
import io.helidon.webserver.http2.Http2Config;
import io.helidon.webserver.http2.Http2ConnectionProvider;
import io.helidon.webserver.spi.ServerConnection;
import io.helidon.webserver.spi.ServerConnectionSelector;
import java.io.DataOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Helidon 4.5.1 and later interrupt the handlers of an HTTP/2 connection when it ends. Such an interrupt is a disconnect of the
 * client, not a stop of the server.
 */
class Http2InterruptedHandlersTest {

    /** How the connection ends. */
    enum End {
        CLOSED,
        ABORTED,
        GOAWAY,
        ERROR_OF_THE_CLIENT
    }

    private static final int STREAMS = 20;

    /**
     * Simulates Helidon's connection as of 4.5.1: it interrupts the handler threads before it signals the end of the connection.
     * Here the handlers also get time to react while the socket is still open.
     */
    private record Interrupting(ServerConnectionSelector delegate, Set<Thread> handlers, CountDownLatch ended)
            implements ServerConnectionSelector {

        @Override
        public int bytesToIdentifyConnection() {
            return delegate.bytesToIdentifyConnection();
        }

        @Override
        public Support supports(BufferData data) {
            return delegate.supports(data);
        }

        @Override
        public Set<String> supportedApplicationProtocols() {
            return delegate.supportedApplicationProtocols();
        }

        @Override
        public ServerConnection connection(ConnectionContext context) {
            ServerConnection connection = delegate.connection(context);
            return new ServerConnection() {
                @Override
                public void handle(Limit limit) throws InterruptedException {
                    try {
                        connection.handle(limit);
                    } finally {
                        handlers.forEach(Thread::interrupt);
                        boolean unused = ended.await(20, SECONDS);
                    }
                }

                @Override
                public Duration idleTime() {
                    return connection.idleTime();
                }

                @Override
                public void close(boolean interrupt) {
                    connection.close(interrupt);
                }
            };
        }
    }

    @ParameterizedTest
    @EnumSource(End.class)
    void interruptAtTheEndOfTheConnectionIsReportedAsDisconnect(End end) throws Exception {
        Set<Thread> handlers = ConcurrentHashMap.newKeySet();
        CountDownLatch running = new CountDownLatch(STREAMS);
        SseRoute route = Flosse.stream((request, sink) -> {
                    handlers.add(Thread.currentThread());
                    running.countDown();
                    new CountDownLatch(1).await();
                })
                .heartbeat(Duration.ZERO);
        BlockingQueue<StreamInfo> streams = new LinkedBlockingQueue<>();
        CountDownLatch ended = new CountDownLatch(STREAMS);
        WebServer server = WebServer.builder()
                .address(InetAddress.getLoopbackAddress())
                .port(0)
                .shutdownHook(false)
                .addFeature(FlosseFeature.builder()
                        .listener(stream -> {
                            streams.add(stream);
                            ended.countDown();
                        })
                        .build())
                .routing(HttpRouting.builder().get("/sse", route))
                .addConnectionSelector(new Http2Selector(new Interrupting(
                        new Http2ConnectionProvider()
                                .create("@default", Http2Config.create(), ProtocolConfigs.create(List.of())),
                        handlers,
                        ended)))
                .build()
                .start();
        try (Socket client = new Socket(InetAddress.getLoopbackAddress(), server.port())) {
            DataOutputStream out = new DataOutputStream(client.getOutputStream());
            out.write("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
            frame(out, 4, 0, 0);
            for (int n = 0; n < STREAMS; n++) {
                byte[] path = "/sse".getBytes(StandardCharsets.US_ASCII);
                byte[] head = {(byte) 0x82, (byte) 0x86, 0x04, 4, path[0], path[1], path[2], path[3], 0x01, 1, 'a'};
                frame(out, 1, 5, 2 * n + 1, head);
            }
            assertThat(running.await(20, SECONDS)).isTrue();

            switch (end) {
                case CLOSED -> client.close();
                case ABORTED -> {
                    client.setSoLinger(true, 0);
                    client.close();
                }
                case GOAWAY -> frame(out, 7, 0, 0, new byte[8]);
                case ERROR_OF_THE_CLIENT -> frame(out, 0, 0, 0, new byte[1]);
            }

            for (int n = 0; n < STREAMS; n++) {
                StreamInfo stream = streams.poll(20, SECONDS);
                assertThat(stream).isNotNull();
                assertThat(stream.cause()).contains(EndCause.CLIENT_GONE);
            }
        } finally {
            server.stop();
        }
    }

    private static void frame(DataOutputStream out, int type, int flags, int stream, byte... payload)
            throws IOException {
        out.writeByte(0);
        out.writeShort(payload.length);
        out.writeByte(type);
        out.writeByte(flags);
        out.writeInt(stream);
        out.write(payload);
        out.flush();
    }
}
