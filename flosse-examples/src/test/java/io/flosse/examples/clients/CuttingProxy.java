package io.flosse.examples.clients;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;

/** Passes on TCP connections. It closes one in both directions as soon as the server sends {@link #CUT}. */
final class CuttingProxy implements AutoCloseable {

    static final String CUT = "cut the connection";

    private final ServerSocket listener = new ServerSocket(0, 0, InetAddress.getLoopbackAddress());
    private final int target;

    CuttingProxy(int target) throws IOException {
        this.target = target;
        Thread.startVirtualThread(this::accept);
    }

    int port() {
        return listener.getLocalPort();
    }

    private void accept() {
        try {
            while (true) {
                Socket client = listener.accept();
                Socket server = new Socket(InetAddress.getLoopbackAddress(), target);
                Thread.startVirtualThread(() -> passOn(client, server));
                Thread.startVirtualThread(() -> passOn(server, client));
            }
        } catch (IOException e) {
            // The proxy was closed.
        }
    }

    private static void passOn(Socket from, Socket to) {
        try (from;
                to) {
            InputStream in = from.getInputStream();
            OutputStream out = to.getOutputStream();
            byte[] buffer = new byte[64 * 1024];
            for (int length = in.read(buffer); length >= 0; length = in.read(buffer)) {
                if (new String(buffer, 0, length, StandardCharsets.ISO_8859_1).contains(CUT)) {
                    return;
                }
                out.write(buffer, 0, length);
            }
        } catch (IOException e) {
            // One side has closed the connection, so the other one is closed too.
        }
    }

    @Override
    public void close() throws IOException {
        listener.close();
    }
}
