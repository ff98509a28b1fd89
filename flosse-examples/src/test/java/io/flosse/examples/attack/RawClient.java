package io.flosse.examples.attack;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;

/** A client that sends any bytes. The server may close the connection at any time, which is no error here. */
final class RawClient implements AutoCloseable {

    private static final int MAX_BYTES = 64 * 1024;

    private final Socket socket;

    private RawClient(Socket socket) {
        this.socket = socket;
    }

    static RawClient connect(int port) throws IOException {
        Socket socket = new Socket(InetAddress.getLoopbackAddress(), port);
        socket.setTcpNoDelay(true);
        return new RawClient(socket);
    }

    /** Sends text; each character is one byte. Returns whether the connection was still open. */
    boolean send(String text) {
        try {
            socket.getOutputStream().write(text.getBytes(StandardCharsets.ISO_8859_1));
            return true;
        } catch (IOException e) {
            return false;
        }
    }

    /** Returns what arrives until the connection ends or is silent for a time, at most 64 KiB. */
    String read(int silenceMillis) {
        ByteArrayOutputStream received = new ByteArrayOutputStream();
        byte[] buffer = new byte[4096];
        try {
            socket.setSoTimeout(silenceMillis);
            InputStream in = socket.getInputStream();
            for (int read = 0; read >= 0 && received.size() < MAX_BYTES; read = in.read(buffer)) {
                received.write(buffer, 0, read);
            }
        } catch (IOException e) {
            // A reset or a silence also ends the answer.
        }
        return received.toString(StandardCharsets.ISO_8859_1);
    }

    /** Makes {@link #close()} send RST, as a crashed client does. */
    void closeByReset() throws IOException {
        socket.setSoLinger(true, 0);
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
