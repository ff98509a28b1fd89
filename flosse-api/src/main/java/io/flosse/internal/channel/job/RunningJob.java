package io.flosse.internal.channel.job;

import io.flosse.SseEvent;
import io.flosse.StreamEndedException;
import io.flosse.Yield;
import io.flosse.channel.Job;
import io.flosse.internal.RefusedCalls;
import io.flosse.internal.channel.backend.ChannelBackend;
import io.flosse.internal.channel.backend.ChannelNames;
import io.flosse.internal.channel.backend.Payload;
import io.flosse.internal.wire.EventMapper;
import io.flosse.internal.wire.Json;
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
    private final RefusedCalls refused;
    private final Thread thread;

    private volatile boolean stopped;
    private volatile boolean over;

    /**
     * A job that has not started.
     *
     * @param returned told of the job's end, and of what it threw
     * @param warnings which jobs the log has a word of for going on after their end
     */
    RunningJob(
            String id,
            Job job,
            ChannelBackend backend,
            Json json,
            BiConsumer<RunningJob, @Nullable Throwable> returned,
            RefusedCalls.Warnings warnings) {
        this.id = id;
        this.job = job;
        this.backend = backend;
        this.json = json;
        this.returned = returned;
        this.refused = new RefusedCalls(() -> "The job " + id, warnings);
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
        call(() -> publish(EventMapper.event(value)));
    }

    @Override
    public void yield(String event, @Nullable Object data) {
        call(() -> publish(SseEvent.of(data).withEvent(event)));
    }

    @Override
    public void yield(String event, @Nullable Object data, String ownId) {
        call(() -> publish(SseEvent.of(data).withEvent(event).withId(ownId)));
    }

    @Override
    public void comment(String text) {
        Objects.requireNonNull(text);
        call(() -> requireLive(null));
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

    /** The end goes before what is wrong with a value: code that skips such values must hear of it. */
    private void call(Runnable action) {
        try {
            action.run();
            refused.accepted();
        } catch (StreamEndedException e) {
            refused.refused();
            throw e;
        } catch (RuntimeException e) {
            if (!isLive()) {
                refused.refused();
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
            throw new StreamEndedException("The job was ended from outside", ended);
        }
    }

    private boolean isLive() {
        return !over && !stopped && !Thread.currentThread().isInterrupted();
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
