package io.flosse.redis.internal;

import io.flosse.channel.Channel;
import io.flosse.channel.Channels;
import io.flosse.channel.Job;
import io.flosse.internal.Actions;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;

/** Closes channels together with all channels that their options return. */
public final class ChannelsOwner implements AutoCloseable {

    private final Set<Channels> open = ConcurrentHashMap.newKeySet();
    private volatile boolean closed;

    /**
     * Takes ownership of channels.
     *
     * @return a view of them; its options return owned channels too
     */
    public Channels own(Channels channels) {
        open.add(channels);
        if (closed) {
            // After the add: either close() has seen these channels, or this thread sees that it was called.
            close(channels);
        }
        return new OwnedChannels(channels);
    }

    private void close(Channels channels) {
        open.remove(channels);
        channels.close();
    }

    @Override
    public void close() {
        closed = true;
        Actions.runAll(
                open.stream().<Runnable>map(channels -> () -> close(channels)).toList());
    }

    private final class OwnedChannels implements Channels {

        private final Channels delegate;

        OwnedChannels(Channels delegate) {
            this.delegate = delegate;
        }

        @Override
        public Channels historyEvents(int max) {
            return own(delegate.historyEvents(max));
        }

        @Override
        public Channels historyBytes(long max) {
            return own(delegate.historyBytes(max));
        }

        @Override
        public Channels historyAge(Duration max) {
            return own(delegate.historyAge(max));
        }

        @Override
        public Channels jobBytes(long max) {
            return own(delegate.jobBytes(max));
        }

        @Override
        public Channels jobsKept(Duration time) {
            return own(delegate.jobsKept(time));
        }

        @Override
        public Channels objects(Function<Object, String> json) {
            return own(delegate.objects(json));
        }

        @Override
        public Channel channel(String name) {
            return delegate.channel(name);
        }

        @Override
        public String start(Job job) {
            return delegate.start(job);
        }

        @Override
        public boolean start(String id, Job job) {
            return delegate.start(id, job);
        }

        @Override
        public Optional<Channel> job(String id) {
            return delegate.job(id);
        }

        @Override
        public boolean cancel(String id) {
            return delegate.cancel(id);
        }

        @Override
        public void close() {
            ChannelsOwner.this.close(delegate);
        }
    }
}
