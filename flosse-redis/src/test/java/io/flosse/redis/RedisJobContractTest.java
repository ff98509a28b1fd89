package io.flosse.redis;

import io.flosse.channel.Channels;
import io.flosse.contract.JobContract;
import io.flosse.redis.fixture.SharedRedis;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The job contract on Redis. */
class RedisJobContractTest extends JobContract {

    @RegisterExtension
    static final SharedRedis REDIS = new SharedRedis();

    @Override
    protected Channels.Builder newChannels() {
        return REDIS.newChannels();
    }
}
