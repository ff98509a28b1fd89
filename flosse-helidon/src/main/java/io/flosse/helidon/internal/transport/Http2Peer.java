package io.flosse.helidon.internal.transport;

import io.helidon.common.socket.PeerInfo;
import java.net.SocketAddress;
import java.security.Principal;
import java.security.cert.Certificate;
import java.util.Optional;

/**
 * One end of an HTTP/2 connection. Unlike Helidon's own peer, it stays available after the connection has ended, when
 * handlers may still start. A request exposes its peers, so flosse finds the connection of a request through it.
 */
final class Http2Peer implements PeerInfo {

    private final PeerInfo delegate;
    private final Http2Connection connection;
    private final SocketAddress address;
    private final String host;
    private final int port;

    Http2Peer(PeerInfo delegate, Http2Connection connection) {
        this.delegate = delegate;
        this.connection = connection;
        this.address = delegate.address();
        this.host = delegate.host();
        this.port = delegate.port();
    }

    Http2Connection connection() {
        return connection;
    }

    @Override
    public SocketAddress address() {
        return address;
    }

    @Override
    public String host() {
        return host;
    }

    @Override
    public int port() {
        return port;
    }

    @Override
    public Optional<Principal> tlsPrincipal() {
        return delegate.tlsPrincipal();
    }

    @Override
    public Optional<Certificate[]> tlsCertificates() {
        return delegate.tlsCertificates();
    }
}
