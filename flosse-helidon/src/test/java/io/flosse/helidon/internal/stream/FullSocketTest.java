package io.flosse.helidon.internal.stream;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;

import io.flosse.EndCause;
import io.flosse.helidon.fixture.SocketType;
import io.flosse.helidon.fixture.TestServer;
import io.flosse.helidon.internal.transport.GuardedWrite;
import io.flosse.helidon.internal.transport.Transport;
import io.flosse.helidon.internal.transport.WriteSlices;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.Socket;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.locks.LockSupport;
import javax.net.ssl.SSLServerSocket;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * A TLS socket whose client does not read and whose send buffer is completely full. The JDK cannot close such a socket without
 * blocking, and its writer must not be interrupted (see {@link Transport#isInterruptible}).
 */
class FullSocketTest {

    private static final byte[] ENDLESS = new byte[64 * 1024 * 1024];

    private final StreamLifecycle life = new StreamLifecycle();
    private final CompletableFuture<Thread> writer = new CompletableFuture<>();
    private final CompletableFuture<Boolean> wasInterrupted = new CompletableFuture<>();
    private final CompletableFuture<Boolean> callerWasInterrupted = new CompletableFuture<>();
    private final CompletableFuture<Throwable> released = new CompletableFuture<>();

    private SSLSocket server;
    private Socket client;
    private Thread caller;

    @BeforeEach
    void fillSendBuffer() throws Exception {
        InetAddress here = InetAddress.getLoopbackAddress();
        var context = SocketType.sslContext();
        try (var listener = (SSLServerSocket) context.getServerSocketFactory().createServerSocket(0, 1, here)) {
            client = new Socket(here, listener.getLocalPort());
            server = (SSLSocket) listener.accept();
        }
        var tls = (SSLSocket) context.getSocketFactory().createSocket(client, "127.0.0.1", 0, true);
        Thread.startVirtualThread(() -> {
            try {
                tls.startHandshake();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        });
        server.startHandshake();
        life.opened();
        caller = Thread.startVirtualThread(() -> {
            try {
                GuardedWrite.run(this::writeAll, false, () -> {}, life.writes());
            } catch (Throwable e) {
                callerWasInterrupted.complete(Thread.currentThread().isInterrupted());
                released.complete(e);
            }
        });
        awaitFullBuffer();
    }

    private void writeAll() {
        writer.complete(Thread.currentThread());
        try {
            WriteSlices.write(ENDLESS, 0, ENDLESS.length, WriteSlices.TLS_SIZE, life.writes(), this::write);
        } catch (Throwable e) {
            wasInterrupted.complete(Thread.currentThread().isInterrupted());
            throw e;
        }
    }

    private void write(byte[] bytes, int offset, int length) {
        try {
            server.getOutputStream().write(bytes, offset, length);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * A blocked writer is woken only when a third of the buffer is free; when it is unparked, it uses the remaining space too.
     */
    private void awaitFullBuffer() throws Exception {
        Thread writing = writer.get(TestServer.TIMEOUT_SECONDS, SECONDS);
        long slice = -1;
        for (int still = 0; still < 50; still++) {
            if (life.writes().sliceStart() != slice) {
                slice = life.writes().sliceStart();
                still = 0;
            }
            Thread.sleep(10);
            LockSupport.unpark(writing);
        }
    }

    @AfterEach
    void closeConnection() throws Exception {
        client.close();
        assertThat(wasInterrupted.get(TestServer.TIMEOUT_SECONDS, SECONDS)).isFalse();
        server.close();
    }

    @Test
    void timedOutWriteReleasesItsCaller() throws Exception {
        life.endStuckWrite(Duration.ofMillis(1));

        assertThat(released.get(TestServer.TIMEOUT_SECONDS, SECONDS)).isInstanceOf(RuntimeException.class);
        assertThat(life.cause()).isEqualTo(EndCause.WRITE_TIMEOUT);
    }

    @Test
    void onlyTimeoutAndNotExternalInterruptReleasesTheCaller() throws Exception {
        caller.interrupt();

        awaitFullBuffer();
        assertThat(released).isNotDone();
        life.endStuckWrite(Duration.ofMillis(1));
        assertThat(released.get(TestServer.TIMEOUT_SECONDS, SECONDS)).isInstanceOf(RuntimeException.class);
        assertThat(callerWasInterrupted.get(TestServer.TIMEOUT_SECONDS, SECONDS))
                .isTrue();
    }
}
