package io.flosse.internal.channel;

import io.flosse.channel.Channels;
import io.flosse.contract.JobContract;

class MemoryJobTest extends JobContract {

    @Override
    protected Channels newFamily() {
        return Channels.inMemory();
    }
}
