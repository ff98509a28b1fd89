/**
 * The API for user code: events, generators, permissions and channels. It depends on no server and opens no sockets.
 */
module io.flosse {
    requires transitive jakarta.json;
    requires static org.jspecify;

    exports io.flosse;
    exports io.flosse.auth;
    exports io.flosse.channel;
    exports io.flosse.permission;
    exports io.flosse.throttle;
    exports io.flosse.internal to
            io.flosse.helidon,
            io.flosse.redis,
            io.flosse.testing;
    exports io.flosse.internal.channel to
            io.flosse.redis;
    exports io.flosse.internal.channel.backend to
            io.flosse.redis;
    exports io.flosse.internal.channel.fanout to
            io.flosse.helidon,
            io.flosse.redis;
    exports io.flosse.internal.wire to
            io.flosse.helidon,
            io.flosse.redis,
            io.flosse.testing;
}
