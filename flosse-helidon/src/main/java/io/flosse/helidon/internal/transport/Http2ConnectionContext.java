package io.flosse.helidon.internal.transport;

import io.helidon.common.buffers.DataReader;
import io.helidon.common.buffers.DataWriter;
import io.helidon.common.socket.HelidonSocket;
import io.helidon.common.socket.PeerInfo;
import io.helidon.webserver.ConnectionContext;
import io.helidon.webserver.ListenerContext;
import io.helidon.webserver.ProxyProtocolData;
import io.helidon.webserver.Router;
import java.util.Optional;
import java.util.concurrent.ExecutorService;

/**
 * The connection context for Helidon's HTTP/2: all frames, in both directions, and all handlers pass through flosse.
 */
final class Http2ConnectionContext implements ConnectionContext {

    private final ConnectionContext delegate;
    private final Http2Connection connection;
    private final DataReader reader;
    private final DataWriter writer;
    private final ExecutorService executor;
    private final PeerInfo remotePeer;
    private final PeerInfo localPeer;

    Http2ConnectionContext(ConnectionContext delegate, Http2Limits limits) {
        this.delegate = delegate;
        this.connection = new Http2Connection(delegate.dataWriter(), delegate::serverSocket);
        Http2FrameReader frames = new Http2FrameReader(delegate.dataReader(), connection, limits.resetsPerSecond());
        this.reader = HelidonLine.dataReader(frames);
        this.writer = connection.writer();
        this.remotePeer = new Http2Peer(delegate.remotePeer(), connection);
        this.localPeer = new Http2Peer(delegate.localPeer(), connection);
        this.executor = new Http2HandlerExecutor(delegate.executor(), connection, frames);
    }

    Http2Connection connection() {
        return connection;
    }

    @Override
    public DataReader dataReader() {
        return reader;
    }

    @Override
    public DataWriter dataWriter() {
        return writer;
    }

    @Override
    public ExecutorService executor() {
        return executor;
    }

    @Override
    public ListenerContext listenerContext() {
        return delegate.listenerContext();
    }

    @Override
    public Router router() {
        return delegate.router();
    }

    @Override
    public Optional<ProxyProtocolData> proxyProtocolData() {
        return delegate.proxyProtocolData();
    }

    @Override
    public HelidonSocket serverSocket() {
        return delegate.serverSocket();
    }

    @Override
    public PeerInfo remotePeer() {
        return remotePeer;
    }

    @Override
    public PeerInfo localPeer() {
        return localPeer;
    }

    @Override
    public boolean isSecure() {
        return delegate.isSecure();
    }

    @Override
    public String socketId() {
        return delegate.socketId();
    }

    @Override
    public String childSocketId() {
        return delegate.childSocketId();
    }
}
