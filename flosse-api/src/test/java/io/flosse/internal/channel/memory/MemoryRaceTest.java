package io.flosse.internal.channel.memory;

import io.flosse.channel.Channels;
import io.flosse.contract.RaceContract;

/** {@link RaceContract} for channels in memory. */
class MemoryRaceTest extends RaceContract {

    @Override
    protected Channels.Builder newChannels() {
        return Channels.builder();
    }

    @Override
    protected int rounds() {
        return 1000;
    }
}
