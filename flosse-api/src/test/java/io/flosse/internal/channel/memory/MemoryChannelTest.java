package io.flosse.internal.channel.memory;

import io.flosse.channel.Channels;
import io.flosse.contract.ChannelContract;

/** {@link ChannelContract} for channels in memory. */
class MemoryChannelTest extends ChannelContract {

    @Override
    protected Channels.Builder newChannels() {
        return Channels.builder();
    }
}
