package io.flosse.redis.internal.connection;

import java.util.List;
import java.util.concurrent.locks.ReentrantLock;
import redis.clients.jedis.Connection;
import redis.clients.jedis.HostAndPort;
import redis.clients.jedis.JedisClientConfig;
import redis.clients.jedis.Protocol.Command;
import redis.clients.jedis.exceptions.JedisConnectionException;

/** A connection that subscribes to Pub/Sub channels: one thread reads, any may write. */
public final class ListeningConnection extends Connection {

    private final ReentrantLock writing = new ReentrantLock();

    /** False while Jedis's constructor connects. */
    private volatile boolean made;

    ListeningConnection(HostAndPort address, JedisClientConfig config) {
        super(address, config);
        made = true;
    }

    /** Called by Jedis before each command: a connection that was closed must not come back, with nobody to close it. */
    @Override
    public void connect() {
        if (made && !isConnected()) {
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

    public void sayPing() {
        write(Command.PING);
    }

    private void write(Command command, byte[]... arguments) {
        writing.lock();
        try {
            sendCommand(command, arguments);
            flush();
        } finally {
            writing.unlock();
        }
    }

    /** What comes next: its kind and what belongs to it. */
    public List<?> read() {
        return getUnflushedObject() instanceof List<?> reply ? reply : List.of();
    }
}
