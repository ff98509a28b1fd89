package io.flosse.internal.channel;

import io.flosse.SseEvent;
import io.flosse.StreamEndedException;
import io.flosse.Yield;
import io.flosse.channel.Job;
import io.flosse.internal.Json;
import io.flosse.internal.YieldStyles;
import java.time.Duration;
import java.util.Objects;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/** One job on its thread, and the sink that it yields into. */
final class RunningJob implements Yield {

    private final String id;
    private final Job job;
    private final ChannelBackend backend;
    private final Json json;
    private final BiConsumer<RunningJob, @Nullable Throwable> returned;
    private final Thread thread;

    private volatile boolean stopped;
    private volatile boolean over;

    /**
     * A job that has not started.
     *
     * @param returned told of the job's end, and of what it threw
     */
    RunningJob(
            String id,
            Job job,
            ChannelBackend backend,
            Json json,
            BiConsumer<RunningJob, @Nullable Throwable> returned) {
        this.id = id;
        this.job = job;
        this.backend = backend;
        this.json = json;
        this.returned = returned;
        this.thread = Thread.ofVirtual().name("flosse-job-" + id).unstarted(this::run);
    }

    String id() {
        return id;
    }

    void start() {
        thread.start();
    }

    /** From outside, after its channel has ended or is about to. */
    void stop() {
        stopped = true;
        thread.interrupt();
    }

    private void run() {
        Throwable thrown = null;
        try {
            job.run(this);
        } catch (Throwable t) {
            thrown = t;
        }
        over = true;
        Thread.interrupted(); // meant for the job
        returned.accept(this, thrown);
    }

    @Override
    public void yield(Object value) {
        publish(YieldStyles.event(value));
    }

    @Override
    public void yield(String event, @Nullable Object data) {
        publish(SseEvent.of(data).withEvent(event));
    }

    @Override
    public void yield(String event, @Nullable Object data, String ownId) {
        publish(SseEvent.of(data).withEvent(event).withId(ownId));
    }

    @Override
    public void comment(String text) {
        Objects.requireNonNull(text);
        requireLive(null);
    }

    @Override
    public void sleep(Duration duration) {
        requireLive(null);
        try {
            Thread.sleep(duration);
            requireLive(null);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            requireLive(e);
        }
    }

    private void publish(SseEvent event) {
        requireLive(null);
        Payload payload = Payload.of(event, json);
        try {
            backend.publish(Names.JOB + id, payload);
        } catch (IllegalStateException ended) {
            requireLive(ended);
            throw new StreamEndedException("The job was ended from outside", ended);
        }
    }

    private void requireLive(@Nullable Exception why) {
        if (over) {
            throw new IllegalStateException("The job has returned, so its channel is over", why);
        }
        if (stopped) {
            throw new StreamEndedException("The job was ended from outside", why);
        }
        if (Thread.currentThread().isInterrupted()) {
            throw new StreamEndedException("The job's thread was interrupted", why);
        }
    }
}
