/** Channels and jobs on Redis Streams, for several servers. */
module io.flosse.redis {
    requires transitive io.flosse;
    requires redis.clients.jedis;
    requires static org.jspecify;

    exports io.flosse.redis;
}
