package io.flosse.internal.channel.job;

import io.flosse.SseEvent;
import io.flosse.channel.ChannelUnavailableException;
import io.flosse.channel.Job;
import io.flosse.internal.InvalidNameException;
import io.flosse.internal.LogSanitizer;
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
 * The jobs of a registry. It runs the jobs of this process, and tells local subscribers about the end of jobs whose
 * server died. Only the caller that ends a job in the {@link JobStore} decides its last event.
 */
public final class Jobs {

    private static final Logger LOGGER = System.getLogger("io.flosse");

    /** Maximum number of jobs named in log warnings because they continued after their end. */
    private static final int MAX_WARNINGS = 100;

    private final ChannelBackend backend;
    private final JobStore jobStore;
    private final Json json;
    private final Map<String, RunningJob> runningJobs = new ConcurrentHashMap<>();
    private final RefusedCalls.Warnings warnings = new RefusedCalls.Warnings(MAX_WARNINGS);
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
        RunningJob started = new RunningJob(id, job, backend, json, this::onReturn, warnings);
        RunningJob previous = runningJobs.put(id, started);
        if (previous != null) {
            previous.stop(); // the store has forgotten it, so no caller could end it
        }
        if (closed) {
            if (runningJobs.remove(id, started)) {
                jobStore.end(id, errorWithCode("cancelled"));
            }
            throw new ChannelUnavailableException("These channels were closed; create a new Channels object", null);
        }
        started.start();
        return true;
    }

    public boolean isKnown(String id) {
        return resolveStatus(id) != Status.UNKNOWN;
    }

    public boolean cancel(String id) {
        if (!jobStore.end(id, errorWithCode("cancelled"))) {
            return false;
        }
        RunningJob localJob = runningJobs.remove(id);
        if (localJob != null) {
            localJob.stop();
        }
        return true;
    }

    private void onReturn(RunningJob job, @Nullable Throwable thrown) {
        String id = job.id();
        boolean stopped = !runningJobs.remove(id, job);
        if (stopped) {
            LOGGER.log(
                    Level.DEBUG,
                    () -> "The job " + id + " returned after it was stopped; exception: "
                            + LogSanitizer.of(String.valueOf(thrown)));
            return;
        }
        try {
            if (thrown == null) {
                jobStore.end(id, Optional.empty());
            } else {
                endFailed(id, thrown);
            }
        } catch (ChannelUnavailableException e) {
            // The lease will expire, so subscribers learn of the end but not of the result.
            LOGGER.log(
                    Level.WARNING,
                    "The end of the job " + id + " could not be stored; its lease will expire and its subscribers"
                            + " will get the error 'lost'",
                    e);
        }
    }

    /** Renews the leases of local jobs, and ends subscribed jobs whose lease has expired. */
    public boolean round() {
        // Concurrently: one after the other, many renewals with a slow store would take longer than a lease.
        try (ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor()) {
            runningJobs.forEach((id, job) -> executor.execute(() -> renew(id, job)));
        }
        List<String> subscribedJobs = backend.subscribed().stream()
                .filter(ChannelSettings::isJob)
                .map(name -> name.substring(ChannelNames.JOB.length()))
                .toList();
        subscribedJobs.forEach(this::resolveStatus);
        return !runningJobs.isEmpty() || !subscribedJobs.isEmpty();
    }

    private void renew(String id, RunningJob job) {
        try {
            if (!jobStore.renew(id) && runningJobs.remove(id, job)) {
                job.stop();
            }
        } catch (ChannelUnavailableException e) {
            LOGGER.log(
                    Level.DEBUG,
                    "The lease of the job " + id + " could not be renewed; the next maintenance run retries it",
                    e);
        }
    }

    /** Returns the status of a job. If its lease has expired, ends it as lost. */
    private Status resolveStatus(String id) {
        Status status = jobStore.status(id);
        if (status == Status.LAPSED) {
            jobStore.end(id, errorWithCode("lost"));
        }
        return status;
    }

    private void endFailed(String id, Throwable thrown) {
        String ref = HexFormat.of().toHexDigits(ThreadLocalRandom.current().nextLong());
        if (!jobStore.end(id, errorEvent("{\"error\":\"internal\",\"ref\":\"" + ref + "\"}"))) {
            return;
        }
        if (thrown instanceof InvalidNameException) {
            // Names often come from a request, so this is no error of the server.
            LOGGER.log(
                    Level.DEBUG,
                    () -> "The job " + id + " failed, ref " + ref + ": " + LogSanitizer.of(thrown.toString()));
        } else {
            LOGGER.log(Level.ERROR, "The job " + id + " failed, ref " + ref, thrown);
        }
    }

    private Optional<Payload> errorWithCode(String code) {
        return errorEvent("{\"error\":\"" + code + "\"}");
    }

    private Optional<Payload> errorEvent(String data) {
        return Optional.of(Payload.of(SseEvent.of(data).withEvent("error"), json));
    }

    public void close() {
        closed = true; // set first: a thread that adds a job after this ends the job itself
        List<RunningJob> localJobs = List.copyOf(runningJobs.values());
        runningJobs.clear(); // so that no job reports its own end
        localJobs.forEach(RunningJob::stop);
        try {
            localJobs.forEach(job -> jobStore.end(job.id(), errorWithCode("cancelled")));
        } catch (ChannelUnavailableException e) {
            // The store is unreachable for the remaining jobs too.
            LOGGER.log(
                    Level.DEBUG,
                    "The ends of " + localJobs.size() + " stopped jobs could not all be stored; their leases will"
                            + " expire",
                    e);
        }
    }
}
