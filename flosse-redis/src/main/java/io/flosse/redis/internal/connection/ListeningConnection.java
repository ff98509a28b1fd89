package io.flosse.redis.internal.connection;

import java.util.List;
import java.util.concurrent.locks.ReentrantLock;
import redis.clients.jedis.Connection;
import redis.clients.jedis.HostAndPort;
import redis.clients.jedis.JedisClientConfig;
import redis.clients.jedis.Protocol.Command;
import redis.clients.jedis.exceptions.JedisConnectionException;

/** A connection that subscribes to Pub/Sub channels. One thread reads; any thread may write. */
public final class ListeningConnection extends Connection {

    private final ReentrantLock writeLock = new ReentrantLock();

    /** False while the constructor of the superclass connects. */
    private volatile boolean constructed;

    ListeningConnection(HostAndPort address, JedisClientConfig config) {
        super(address, config);
        constructed = true;
    }

    /**
     * Called by Jedis before each command. A closed connection must not reconnect, because nothing would close it
     * again.
     */
    @Override
    public void connect() {
        if (constructed && !isConnected()) {
            throw new JedisConnectionException("This connection was closed");
        }
        super.connect();
    }

    public void subscribe(byte[]... channels) {
        write(Command.SUBSCRIBE, channels);
    }

    public void unsubscribe(byte[] channel) {
        write(Command.UNSUBSCRIBE, channel);
    }

    public void sendPing() {
        write(Command.PING);
    }

    private void write(Command command, byte[]... arguments) {
        writeLock.lock();
        try {
            sendCommand(command, arguments);
            flush();
        } finally {
            writeLock.unlock();
        }
    }

    /** Waits for the next message and returns its parts, of which the first is its kind. */
    public List<?> read() {
        return getUnflushedObject() instanceof List<?> reply ? reply : List.of();
    }
}
