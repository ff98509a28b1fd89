package io.flosse.internal.channel.job;

import io.flosse.EventSink;
import io.flosse.SseEvent;
import io.flosse.StreamEndedException;
import io.flosse.channel.Job;
import io.flosse.internal.RefusedCalls;
import io.flosse.internal.StreamScope;
import io.flosse.internal.StreamWaits;
import io.flosse.internal.channel.backend.ChannelBackend;
import io.flosse.internal.channel.backend.ChannelNames;
import io.flosse.internal.channel.backend.Payload;
import io.flosse.internal.wire.EventMapper;
import io.flosse.internal.wire.Json;
import java.time.Duration;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/** A job with its thread and the sink for its events. */
final class RunningJob implements EventSink {

    private final String id;
    private final Job job;
    private final ChannelBackend backend;
    private final Json json;
    private final BiConsumer<RunningJob, @Nullable Throwable> onReturn;
    private final RefusedCalls refusedCalls;
    private final Thread thread;

    private volatile boolean stopped;
    private volatile boolean hasReturned;

    /**
     * Creates a job without starting it.
     *
     * @param onReturn called when the job has returned, with its exception or null
     * @param warnings the jobs already named in the log for continuing after their end
     */
    RunningJob(
            String id,
            Job job,
            ChannelBackend backend,
            Json json,
            BiConsumer<RunningJob, @Nullable Throwable> onReturn,
            RefusedCalls.Warnings warnings) {
        this.id = id;
        this.job = job;
        this.backend = backend;
        this.json = json;
        this.onReturn = onReturn;
        this.refusedCalls = new RefusedCalls(() -> "The job " + id, warnings);
        this.thread = Thread.ofVirtual().name("flosse-job-" + id).unstarted(this::run);
    }

    String id() {
        return id;
    }

    void start() {
        thread.start();
    }

    /** Stops the job. Called by other threads, after its channel has ended or shortly before. */
    void stop() {
        stopped = true;
        thread.interrupt();
    }

    private void run() {
        Throwable thrown = null;
        try (StreamScope scope = StreamScope.open(refusedCalls, StreamWaits.NONE)) {
            job.run(this);
        } catch (Throwable t) {
            thrown = t;
        }
        hasReturned = true;
        Thread.interrupted(); // this interrupt was meant for the job
        onReturn.accept(this, thrown);
    }

    @Override
    public void yield(Object value) {
        call(() -> publish(EventMapper.event(value)));
    }

    @Override
    public void yield(String event, @Nullable Object data) {
        call(() -> publish(SseEvent.of(data).withEvent(event)));
    }

    @Override
    public void sleep(Duration duration) {
        call(() -> {
            requireLive(null);
            try {
                Thread.sleep(duration);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                requireLive(e);
            }
            requireLive(null);
        });
    }

    /**
     * Runs a sink operation. If the job has ended, the operation reports that rather than an invalid value: code that
     * skips invalid values must notice the end.
     */
    private void call(Runnable action) {
        try {
            action.run();
            refusedCalls.accepted();
        } catch (StreamEndedException e) {
            refusedCalls.refused();
            throw e;
        } catch (RuntimeException e) {
            if (!isLive()) {
                refusedCalls.refused();
                if (!(e instanceof IllegalStateException)) {
                    requireLive(e);
                }
            }
            throw e;
        }
    }

    private void publish(SseEvent event) {
        requireLive(null);
        Payload payload = Payload.of(event, json);
        try {
            backend.publish(ChannelNames.JOB + id, payload);
        } catch (IllegalStateException ended) {
            requireLive(ended);
            throw stoppedException(ended);
        }
    }

    private static StreamEndedException stoppedException(@Nullable Exception cause) {
        return new StreamEndedException(
                "The job was stopped: it was cancelled, its lease expired or its channels were closed", cause);
    }

    private boolean isLive() {
        return !hasReturned && !stopped && !Thread.currentThread().isInterrupted();
    }

    private void requireLive(@Nullable Exception cause) {
        if (hasReturned) {
            throw new IllegalStateException("The job has returned, so its sink accepts no more events", cause);
        }
        if (stopped) {
            throw stoppedException(cause);
        }
        if (Thread.currentThread().isInterrupted()) {
            throw new StreamEndedException("The job's thread was interrupted", cause);
        }
    }
}
