package io.flosse.internal.channel.job;

import io.flosse.SseEvent;
import io.flosse.channel.ChannelUnavailableException;
import io.flosse.channel.Job;
import io.flosse.internal.RefusedCalls;
import io.flosse.internal.channel.backend.ChannelBackend;
import io.flosse.internal.channel.backend.ChannelNames;
import io.flosse.internal.channel.backend.ChannelSettings;
import io.flosse.internal.channel.backend.JobStore;
import io.flosse.internal.channel.backend.JobStore.Status;
import io.flosse.internal.channel.backend.Payload;
import io.flosse.internal.wire.Json;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;

/**
 * The jobs of a family: those that run in this process, and what their subscribers here are told of those that ran
 * elsewhere. Whoever ends a job in the ledger, and only that one, says what its last event is.
 */
public final class Jobs {

    private static final Logger LOGGER = System.getLogger("io.flosse");

    /** Jobs that the log has a word of for going on after their end. */
    private static final int MOST_WARNINGS = 100;

    private final ChannelBackend backend;
    private final JobStore jobStore;
    private final Json json;
    private final Map<String, RunningJob> running = new ConcurrentHashMap<>();
    private final RefusedCalls.Warnings warnings = new RefusedCalls.Warnings(MOST_WARNINGS);
    private volatile boolean closed;

    public Jobs(ChannelBackend backend, Json json) {
        this.backend = backend;
        this.jobStore = backend.jobStore();
        this.json = json;
    }

    public boolean start(String id, Job job) {
        if (!jobStore.claim(id)) {
            return false;
        }
        RunningJob started = new RunningJob(id, job, backend, json, this::returned, warnings);
        RunningJob forgotten = running.put(id, started);
        if (forgotten != null) {
            forgotten.stop(); // the store knows of it no more, so nobody could end it
        }
        if (closed) {
            if (running.remove(id, started)) {
                jobStore.end(id, error("cancelled"));
            }
            throw new ChannelUnavailableException("These channels were closed", null);
        }
        started.start();
        return true;
    }

    public boolean isKnown(String id) {
        return settled(id) != Status.UNKNOWN;
    }

    public boolean cancel(String id) {
        if (!jobStore.end(id, error("cancelled"))) {
            return false;
        }
        RunningJob local = running.remove(id);
        if (local != null) {
            local.stop();
        }
        return true;
    }

    private void returned(RunningJob job, @Nullable Throwable thrown) {
        String id = job.id();
        boolean stopped = !running.remove(id, job);
        if (stopped) {
            LOGGER.log(Level.DEBUG, () -> "The job " + id + ", stopped from outside, ended by " + thrown);
            return;
        }
        try {
            if (thrown == null) {
                jobStore.end(id, Optional.empty());
            } else {
                fail(id, thrown);
            }
        } catch (ChannelUnavailableException e) {
            // Its lease will lapse, so that its subscribers hear of its end, if not of its result.
            LOGGER.log(Level.WARNING, "The end of the job " + id + " could not be told", e);
        }
    }

    /** Prolongs leases, and tells of those that lapsed. */
    public boolean round() {
        // All at once: one after the other, many jobs with a slow store would take longer than a lease.
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            running.forEach((id, job) -> threads.execute(() -> renew(id, job)));
        }
        List<String> watched = backend.subscribed().stream()
                .filter(ChannelSettings::isJob)
                .map(name -> name.substring(ChannelNames.JOB.length()))
                .toList();
        watched.forEach(this::settled);
        return !running.isEmpty() || !watched.isEmpty();
    }

    private void renew(String id, RunningJob job) {
        try {
            if (!jobStore.renew(id) && running.remove(id, job)) {
                job.stop();
            }
        } catch (ChannelUnavailableException e) {
            LOGGER.log(Level.DEBUG, "The lease of the job " + id + " could not be prolonged", e);
        }
    }

    /** The status of a job, after telling of its loss if its lease has lapsed. */
    private Status settled(String id) {
        Status status = jobStore.status(id);
        if (status == Status.LAPSED) {
            jobStore.end(id, error("lost"));
        }
        return status;
    }

    private void fail(String id, Throwable thrown) {
        String ref = HexFormat.of().toHexDigits(ThreadLocalRandom.current().nextLong());
        if (jobStore.end(id, event("{\"error\":\"internal\",\"ref\":\"" + ref + "\"}"))) {
            LOGGER.log(Level.ERROR, "The job " + id + " failed, ref " + ref, thrown);
        }
    }

    private Optional<Payload> error(String what) {
        return event("{\"error\":\"" + what + "\"}");
    }

    private Optional<Payload> event(String data) {
        return Optional.of(Payload.of(SseEvent.of(data).withEvent("error"), json));
    }

    public void close() {
        closed = true; // before: what is put into the map later is ended by whoever does so
        List<RunningJob> local = List.copyOf(running.values());
        running.clear(); // so that none tells of an end of its own
        local.forEach(RunningJob::stop);
        try {
            local.forEach(job -> jobStore.end(job.id(), error("cancelled")));
        } catch (ChannelUnavailableException e) {
            // It will not be there for the next one either; their leases will lapse.
            LOGGER.log(Level.DEBUG, "The ends of jobs could not be told", e);
        }
    }
}
