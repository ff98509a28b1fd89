package io.flosse.redis.server;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/** The way to a Redis, in the hands of the test: it can stall, in both directions or for the answers alone, or be cut. */
public final class Link implements AutoCloseable {

    private enum State {
        OPEN,
        STALLED,
        /** What is asked arrives, what is answered does not. */
        MUTE
    }

    private final int target;
    private final ServerSocket server;
    private final Set<Socket> sockets = ConcurrentHashMap.newKeySet();
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private volatile State state = State.OPEN;
    private volatile boolean closed;

    public Link(int target) {
        try {
            this.target = target;
            this.server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        Thread.ofVirtual().start(this::accept);
    }

    public String uri() {
        return "redis://127.0.0.1:" + server.getLocalPort();
    }

    private void accept() {
        while (!closed) {
            try {
                Socket near = server.accept();
                Socket far = new Socket(InetAddress.getLoopbackAddress(), target);
                sockets.add(near);
                sockets.add(far);
                Thread.ofVirtual().start(() -> copy(near, far, false));
                Thread.ofVirtual().start(() -> copy(far, near, true));
            } catch (IOException e) {
                // The server behind is not there, or the test is over: the next one may have more luck.
            }
        }
    }

    private void copy(Socket from, Socket to, boolean answers) {
        byte[] buffer = new byte[8192];
        try (from;
                to) {
            InputStream in = from.getInputStream();
            OutputStream out = to.getOutputStream();
            for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
                awaitOpen(answers);
                out.write(buffer, 0, n);
            }
        } catch (IOException | InterruptedException e) {
            // One end has gone, and so the other.
        } finally {
            sockets.remove(from);
            sockets.remove(to);
        }
    }

    private void awaitOpen(boolean answers) throws InterruptedException {
        lock.lock();
        try {
            while (!closed && (state == State.STALLED || (answers && state == State.MUTE))) {
                changed.await();
            }
        } finally {
            lock.unlock();
        }
    }

    private void become(State next) {
        lock.lock();
        try {
            state = next;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /** Nothing comes through any more, and nobody is told. */
    public void stall() {
        become(State.STALLED);
    }

    /** No answer comes through any more. */
    public void mute() {
        become(State.MUTE);
    }

    /** What was held back comes through, and all that follows. */
    public void restore() {
        become(State.OPEN);
    }

    /** Closes all connections, with what is held back in them; new ones are let through. */
    public void cut() {
        for (Socket socket : sockets) {
            try {
                socket.setSoLinger(true, 0);
                socket.close();
            } catch (IOException e) {
                // It was closed before.
            }
        }
        restore();
    }

    @Override
    public void close() {
        closed = true;
        try {
            server.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        cut();
    }
}
