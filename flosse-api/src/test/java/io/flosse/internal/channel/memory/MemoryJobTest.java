package io.flosse.internal.channel.memory;

import io.flosse.channel.Channels;
import io.flosse.contract.JobContract;

/** {@link JobContract} for jobs in memory. */
class MemoryJobTest extends JobContract {

    @Override
    protected Channels.Builder newChannels() {
        return Channels.builder();
    }
}
