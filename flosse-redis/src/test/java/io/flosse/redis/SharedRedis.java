package io.flosse.redis;

import io.flosse.channel.Channels;
import io.flosse.redis.server.TestRedis;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/** One redis-server for all tests of a class. */
final class SharedRedis implements BeforeAllCallback, AfterAllCallback {

    private TestRedis redis;

    @Override
    public void beforeAll(ExtensionContext context) {
        redis = TestRedis.started();
    }

    @Override
    public void afterAll(ExtensionContext context) {
        redis.close();
    }

    TestRedis redis() {
        return redis;
    }

    /** A family that no other test uses. */
    Channels newFamily() {
        return RedisChannels.builder(redis.uri()).prefix(TestRedis.prefix()).build();
    }
}
