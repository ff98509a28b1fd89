package io.flosse.redis;

import io.flosse.channel.Channels;
import io.flosse.contract.RaceContract;
import io.flosse.redis.fixture.SharedRedis;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The contract of concurrent operations on Redis. */
class RedisRaceContractTest extends RaceContract {

    @RegisterExtension
    static final SharedRedis REDIS = new SharedRedis();

    @Override
    protected Channels.Builder newChannels() {
        return REDIS.newChannels();
    }

    @Override
    protected int rounds() {
        return 100;
    }
}
