/** Channels and jobs on Redis Streams, for more than one machine. */
module io.flosse.redis {
    requires transitive io.flosse;
    requires redis.clients.jedis;
    requires static org.jspecify;

    exports io.flosse.redis;
}
