package io.flosse.benchmarks;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.List;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509TrustManager;

/** Idle streams on TLS, opened one after the other; the client's memory is not what is measured. */
final class TlsStreams implements AutoCloseable {

    private static final int TIMEOUT = 60_000; // ms

    private final int port;
    private final SSLContext context;
    private final List<Socket> sockets = new ArrayList<>();

    TlsStreams(int port) throws GeneralSecurityException {
        this.port = port;
        context = SSLContext.getInstance("TLS");
        context.init(null, new TrustManager[] {new TrustAll()}, null);
        context.getClientSessionContext().setSessionCacheSize(1);
    }

    /** Opens streams, each when the one before has its first event. */
    void open(int count, String target) throws IOException {
        byte[] request = ("GET " + target + " HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept: text/event-stream\r\n\r\n")
                .getBytes(StandardCharsets.US_ASCII);
        for (int i = 0; i < count; i++) {
            Socket tcp = new Socket(InetAddress.getLoopbackAddress(), port);
            sockets.add(tcp);
            tcp.setSoTimeout(TIMEOUT);
            var socket = (SSLSocket) context.getSocketFactory().createSocket(tcp, "127.0.0.1", port, true);
            socket.getOutputStream().write(request);
            InputStream in = socket.getInputStream();
            int read = in.read();
            while (read != '~') {
                if (read < 0) {
                    throw new IOException("The server ended the stream");
                }
                read = in.read();
            }
        }
    }

    /** Without TLS's own farewell: a close of TLS waits until the server has answered it, and not every peer does. */
    @Override
    public void close() throws IOException {
        for (Socket socket : sockets) {
            socket.close();
        }
    }

    /** The server's certificate was made for this run. */
    private static final class TrustAll implements X509TrustManager {

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String authType) {
            // There are none.
        }

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String authType) {
            // It is on this machine.
        }

        @Override
        public X509Certificate[] getAcceptedIssuers() {
            return new X509Certificate[0];
        }
    }
}
