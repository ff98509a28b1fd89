package io.flosse.internal.channel.backend;

import io.flosse.channel.ChannelUnavailableException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The channels of a registry in this process, by name. Their number is bounded: at the maximum, the channel that was
 * unused for longest makes room for a new one. Thread-safe.
 *
 * @param <C> the type of a channel
 */
public final class ChannelTable<C> {

    /**
     * What the table must know of its channels. The table holds its lock while it calls {@link #isUsed} and
     * {@link #retire}, so they must not wait for another lock.
     *
     * @param <C> the type of a channel
     */
    public interface Owner<C> {

        /**
         * Returns whether a channel must be kept, because it has subscribers or its job is running.
         *
         * @param name its name
         * @param channel the channel
         * @return whether it is used; the code that stops using it must call {@link ChannelTable#touch}
         */
        boolean isUsed(String name, C channel);

        /**
         * Retires a channel that is not used, so that nobody can use it from now on.
         *
         * @param channel the channel
         * @return false if it has come into use again, or another thread works with it at the moment
         */
        boolean retire(C channel);

        /**
         * Called after the table has removed a retired channel, without its lock.
         *
         * @param name its name
         * @param channel the channel
         */
        void removed(String name, C channel);
    }

    private record Named<C>(String name, C channel) {}

    private final int max;
    private final Owner<C> owner;
    private final Map<String, C> channels = new ConcurrentHashMap<>();
    private final ReentrantLock lock = new ReentrantLock();

    /**
     * All channels that may be removed, in the order of their last use, and possibly some that came into use since.
     * These are taken out when a search finds them, so a search looks at each of them once. Guarded by lock.
     */
    private final Map<String, C> unused = new LinkedHashMap<>();

    /**
     * Creates an empty table.
     *
     * @param max the maximum number of channels, at least 1
     */
    public ChannelTable(int max, Owner<C> owner) {
        this.max = max;
        this.owner = owner;
    }

    public @Nullable C get(String name) {
        return channels.get(name);
    }

    /** Returns all channels by name. A view that may change at any time. */
    public Map<String, C> channels() {
        return Collections.unmodifiableMap(channels);
    }

    /**
     * Returns a channel, and creates it if there is none of this name.
     *
     * @throws ChannelUnavailableException if the maximum is reached and all channels are used
     */
    public C getOrAdd(String name, Function<String, C> factory) {
        C existing = channels.get(name);
        return existing != null ? existing : add(name, factory);
    }

    private C add(String name, Function<String, C> factory) {
        List<Named<C>> removed = new ArrayList<>(1);
        lock.lock();
        try {
            C existing = channels.get(name);
            if (existing != null) {
                return existing;
            }
            while (channels.size() >= max) {
                Named<C> oldest = removeOldest(null);
                if (oldest == null) {
                    throw new ChannelUnavailableException(
                            "Channel " + name + " can't be created: all " + max
                                    + " channels (maxChannels) have subscribers or run jobs; try again later",
                            null);
                }
                removed.add(oldest);
            }
            C created = factory.apply(name);
            channels.put(name, created);
            unused.put(name, created);
            return created;
        } finally {
            lock.unlock();
            removed.forEach(named -> owner.removed(named.name(), named.channel()));
        }
    }

    /**
     * Removes the channel that was unused for longest.
     *
     * @param except a channel to keep, null for none
     * @return false if all others are used
     */
    public boolean removeUnused(@Nullable C except) {
        Named<C> oldest;
        lock.lock();
        try {
            oldest = removeOldest(except);
        } finally {
            lock.unlock();
        }
        if (oldest != null) {
            owner.removed(oldest.name(), oldest.channel());
        }
        return oldest != null;
    }

    private @Nullable Named<C> removeOldest(@Nullable C except) {
        for (Iterator<Map.Entry<String, C>> oldest = unused.entrySet().iterator(); oldest.hasNext(); ) {
            Map.Entry<String, C> entry = oldest.next();
            String name = entry.getKey();
            C channel = entry.getValue();
            if (owner.isUsed(name, channel)) {
                oldest.remove();
            } else if (!channel.equals(except) && owner.retire(channel)) {
                oldest.remove();
                channels.remove(name, channel);
                return new Named<>(name, channel);
            }
        }
        return null;
    }

    /** Notes that a channel was used until now. Called when it may have become unused, too. */
    public void touch(String name, C channel) {
        lock.lock();
        try {
            if (channel.equals(channels.get(name))) {
                unused.remove(name);
                unused.put(name, channel);
            }
        } finally {
            lock.unlock();
        }
    }

    /** Removes a channel, unless another one has its name by now. */
    public void remove(String name, C channel) {
        lock.lock();
        try {
            channels.remove(name, channel);
            unused.remove(name, channel);
        } finally {
            lock.unlock();
        }
    }

    public void clear() {
        lock.lock();
        try {
            channels.clear();
            unused.clear();
        } finally {
            lock.unlock();
        }
    }
}
