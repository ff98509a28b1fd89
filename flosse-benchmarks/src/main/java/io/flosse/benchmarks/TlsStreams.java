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

/**
 * Idle streams on TLS, opened one after the other. Uses blocking sockets, since only the server's memory is measured.
 */
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

    /** Opens streams one after the other, and waits for the first event of each. */
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
                    throw new IOException("The server ended the stream of " + target + " before its first event");
                }
                read = in.read();
            }
        }
    }

    /**
     * Closes the TCP sockets without a TLS close_notify: a TLS close waits for an answer, which not every peer sends.
     */
    @Override
    public void close() throws IOException {
        for (Socket socket : sockets) {
            socket.close();
        }
    }

    /** A trust manager that accepts every certificate, since the server generates its own for each run. */
    private static final class TrustAll implements X509TrustManager {

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String authType) {
            // Clients have no certificates.
        }

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String authType) {
            // The server runs on this machine.
        }

        @Override
        public X509Certificate[] getAcceptedIssuers() {
            return new X509Certificate[0];
        }
    }
}
