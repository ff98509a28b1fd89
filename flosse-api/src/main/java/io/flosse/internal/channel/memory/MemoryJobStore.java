package io.flosse.internal.channel.memory;

import io.flosse.internal.channel.backend.JobStore;
import io.flosse.internal.channel.backend.Payload;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BiConsumer;
import java.util.function.Consumer;

/** The jobs of one process. No lease can lapse here: a job and those who ask for it die together. */
public final class MemoryJobStore implements JobStore {

    private final long keptNanos;
    private final BiConsumer<String, Optional<Payload>> channelEnd;

    /** Present while a job is known; when it ended, in {@link System#nanoTime()}, once it has. */
    private final Map<String, Entry> jobs = new ConcurrentHashMap<>();

    private record Entry(boolean ended, long at) {}

    /**
     * A ledger without jobs.
     *
     * @param channelEnd ends the channel of a job, of which it is given the id
     */
    public MemoryJobStore(Duration kept, BiConsumer<String, Optional<Payload>> channelEnd) {
        this.keptNanos = kept.toNanos();
        this.channelEnd = channelEnd;
    }

    @Override
    public boolean claim(String id) {
        return jobs.putIfAbsent(id, new Entry(false, System.nanoTime())) == null;
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
        channelEnd.accept(id, last);
        return true;
    }

    @Override
    public Status status(String id) {
        Entry entry = jobs.get(id);
        return entry == null ? Status.UNKNOWN : entry.ended() ? Status.ENDED : Status.RUNNING;
    }

    /**
     * Forgets jobs that ended long ago.
     *
     * @param before what to do with the id of each, before another job can have it
     */
    public void forget(Consumer<String> before) {
        long now = System.nanoTime();
        jobs.forEach((id, entry) -> {
            if (entry.ended() && now - entry.at() >= keptNanos) {
                before.accept(id);
                jobs.remove(id, entry);
            }
        });
    }

    boolean isEmpty() {
        return jobs.isEmpty();
    }
}
