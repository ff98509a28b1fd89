package io.flosse.redis;

import io.flosse.channel.Channels;
import io.flosse.contract.ChannelContract;
import io.flosse.redis.fixture.SharedRedis;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The channel contract on Redis. */
class RedisChannelContractTest extends ChannelContract {

    @RegisterExtension
    static final SharedRedis REDIS = new SharedRedis();

    @Override
    protected Channels.Builder newChannels() {
        return REDIS.newChannels();
    }
}
