package io.flosse.internal.channel.memory;

import io.flosse.internal.channel.backend.JobStore;
import io.flosse.internal.channel.backend.Payload;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BiConsumer;
import java.util.function.Consumer;

/** A job store for one process. Leases never expire here, since a job and its subscribers share the process. */
public final class MemoryJobStore implements JobStore {

    private final long retentionNanos;
    private final Consumer<String> addChannel;
    private final BiConsumer<String, Optional<Payload>> endChannel;

    /** The known jobs by id, with their start or end time in {@link System#nanoTime()}. */
    private final Map<String, Entry> jobs = new ConcurrentHashMap<>();

    private record Entry(boolean ended, long since) {}

    /**
     * Creates a store without jobs.
     *
     * @param retention how long a job is remembered after its end
     * @param addChannel adds the channel of a job that is about to start; gets the job's id. If it throws, the job does not
     *     start
     * @param endChannel ends the channel of a job; gets the job's id and the last event
     */
    public MemoryJobStore(
            Duration retention, Consumer<String> addChannel, BiConsumer<String, Optional<Payload>> endChannel) {
        this.retentionNanos = retention.toNanos();
        this.addChannel = addChannel;
        this.endChannel = endChannel;
    }

    @Override
    public boolean claim(String id) {
        Entry entry = new Entry(false, System.nanoTime());
        if (jobs.putIfAbsent(id, entry) != null) {
            return false;
        }
        boolean added = false;
        try {
            addChannel.accept(id);
            added = true;
        } finally {
            if (!added) {
                jobs.remove(id, entry);
            }
        }
        return true;
    }

    @Override
    public boolean renew(String id) {
        return status(id) == Status.RUNNING;
    }

    @Override
    public boolean end(String id, Optional<Payload> last) {
        Entry running = jobs.get(id);
        if (running == null || running.ended() || !jobs.replace(id, running, new Entry(true, System.nanoTime()))) {
            return false;
        }
        endChannel.accept(id, last);
        return true;
    }

    @Override
    public Status status(String id) {
        Entry entry = jobs.get(id);
        return entry == null ? Status.UNKNOWN : entry.ended() ? Status.ENDED : Status.RUNNING;
    }

    /**
     * Removes jobs that ended long ago.
     *
     * @param beforeRemoval called with each id before another job can use it
     */
    public void forget(Consumer<String> beforeRemoval) {
        long now = System.nanoTime();
        jobs.forEach((id, entry) -> {
            if (entry.ended() && now - entry.since() >= retentionNanos) {
                beforeRemoval.accept(id);
                jobs.remove(id, entry);
            }
        });
    }

    /** Removes a job that has ended. */
    void forgetEnded(String id) {
        jobs.computeIfPresent(id, (key, entry) -> entry.ended() ? null : entry);
    }

    boolean isEmpty() {
        return jobs.isEmpty();
    }
}
