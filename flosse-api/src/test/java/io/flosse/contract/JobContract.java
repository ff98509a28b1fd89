package io.flosse.contract;

import static io.flosse.contract.ChannelContract.texts;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.flosse.EventSink;
import io.flosse.SseEvent;
import io.flosse.StreamEndedException;
import io.flosse.channel.Channel;
import io.flosse.channel.Channels;
import io.flosse.channel.Source;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Tests of jobs that every {@link Channels} implementation must pass; each implementation has one subclass. */
public abstract class JobContract {

    private Channels registry = newChannels().build();

    /** Returns a channel registry with default settings that no other test uses. */
    protected abstract Channels.Builder newChannels();

    @AfterEach
    void closeRegistry() {
        registry.close();
    }

    private Source job(String id) {
        return registry.job(id).orElseThrow();
    }

    private static void await(CountDownLatch latch) throws InterruptedException {
        if (!latch.await(SubscriptionReader.TIMEOUT_SECONDS, TimeUnit.SECONDS)) {
            throw new AssertionError("The latch was not released within " + SubscriptionReader.TIMEOUT_SECONDS + " s");
        }
    }

    @Test
    void subscriberGetsAllEventsOfJobFromStartOrFromItsLastEventId() throws InterruptedException {
        CountDownLatch half = new CountDownLatch(1);
        CountDownLatch goOn = new CountDownLatch(1);
        String id = registry.start(sink -> {
            sink.yield("one");
            sink.yield("token", Map.of("n", 2));
            half.countDown();
            await(goOn);
            sink.yield(Map.of("data", "three", "event", "token"));
        });
        SubscriptionReader early = SubscriptionReader.of(job(id).subscribe());
        await(half);
        SubscriptionReader late = SubscriptionReader.of(job(id).subscribe());
        List<SseEvent> begun = late.next(2);
        goOn.countDown();
        assertThat(texts(late.untilEnd())).containsExactly("three");
        assertThat(texts(early.untilEnd())).containsExactly("one", "{\"n\":2}", "three");
        assertThat(texts(SubscriptionReader.of(job(id).subscribe()).untilEnd()))
                .containsExactly("one", "{\"n\":2}", "three");
        List<SseEvent> rest = SubscriptionReader.of(
                        job(id).subscribe(begun.getFirst().id().orElseThrow()))
                .untilEnd();
        assertThat(texts(rest)).containsExactly("{\"n\":2}", "three");
        assertThat(rest.getLast().event()).contains("token");
    }

    @Test
    void eventLargerThanAllThatAJobKeepsLeavesAGapAtItsPlace() throws InterruptedException {
        registry.close();
        registry = newChannels().jobBytes(4096).build();
        CountDownLatch subscribed = new CountDownLatch(1);
        String id = registry.start(sink -> {
            await(subscribed);
            sink.yield("one");
            sink.yield("x".repeat(10_000));
            sink.yield("three");
        });
        SubscriptionReader early = SubscriptionReader.of(job(id).subscribe());
        subscribed.countDown();
        List<SseEvent> all = early.untilEnd();
        assertThat(all).hasSize(3);
        assertThat((String) all.get(1).data()).hasSize(10_000);
        assertThat(texts(SubscriptionReader.of(job(id).subscribe()).untilEnd()))
                .containsExactly(
                        "one",
                        "{\"missed\":1,\"oldest\":\"" + all.getLast().id().orElseThrow() + "\"}",
                        "three");
        assertThat(texts(SubscriptionReader.of(job(id).subscribe(all.get(1).id().orElseThrow()))
                        .untilEnd()))
                .containsExactly("three");
    }

    /** The last event of a job, its error, is appended together with the end. */
    @Test
    void errorLargerThanAllThatAJobKeepsLeavesAGap() throws InterruptedException {
        registry.close();
        registry = newChannels().jobBytes(20).build();
        CountDownLatch subscribed = new CountDownLatch(1);
        String id = registry.start(sink -> {
            await(subscribed);
            throw new IllegalStateException("fails");
        });
        SubscriptionReader early = SubscriptionReader.of(job(id).subscribe());
        subscribed.countDown();
        List<SseEvent> all = early.untilEnd();
        assertThat(all).hasSize(1);
        assertThat(all.getFirst().event()).contains("error");
        assertThat(texts(SubscriptionReader.of(job(id).subscribe()).untilEnd())).containsExactly("{\"missed\":1}");
    }

    @Test
    void jobStartedTwiceRunsOnce() {
        AtomicInteger runs = new AtomicInteger();
        assertThat(registry.start("import-1", sink -> sink.yield(runs.incrementAndGet())))
                .isTrue();
        assertThat(registry.start("import-1", sink -> runs.incrementAndGet())).isFalse();
        assertThat(texts(SubscriptionReader.of(job("import-1").subscribe()).untilEnd()))
                .containsExactly("1");
        assertThat(registry.start("import-1", sink -> runs.incrementAndGet())).isFalse();
        assertThat(runs).hasValue(1);
    }

    @Test
    void generatedJobIdsAreLongAndDifferent() {
        assertThat(registry.start(sink -> {})).hasSizeGreaterThanOrEqualTo(32).isNotEqualTo(registry.start(sink -> {}));
    }

    @Test
    void exceptionOfJobIsErrorEventWithoutItsMessage() {
        String id = registry.start(sink -> {
            sink.yield("one");
            throw new IllegalStateException("password=secret");
        });
        List<SseEvent> events = SubscriptionReader.of(job(id).subscribe()).untilEnd();
        assertThat(events).hasSize(2);
        assertThat(events.getLast().event()).contains("error");
        assertThat((String) events.getLast().data()).matches("\\{\"error\":\"internal\",\"ref\":\"[0-9a-f]{16}\"}");
        assertThat(events.getLast().id()).isPresent();
    }

    @Test
    void cancelInterruptsTheJobAndNotifiesItsSubscribers() throws Exception {
        CountDownLatch started = new CountDownLatch(1);
        CompletableFuture<Throwable> after = new CompletableFuture<>();
        String id = registry.start(sink -> {
            sink.yield("one");
            started.countDown();
            try {
                Thread.sleep(Duration.ofDays(1));
            } catch (InterruptedException cancelled) {
                after.complete(thrownBy(sink));
            }
        });
        SubscriptionReader reading = SubscriptionReader.of(job(id).subscribe());
        await(started);
        assertThat(registry.cancel(id)).isTrue();
        List<SseEvent> events = reading.untilEnd();
        assertThat(texts(events)).containsExactly("one", "{\"error\":\"cancelled\"}");
        assertThat(events.getLast().event()).contains("error");
        assertThat(after.get(SubscriptionReader.TIMEOUT_SECONDS, TimeUnit.SECONDS))
                .isInstanceOf(StreamEndedException.class);
        assertThat(registry.cancel(id)).isFalse();
        assertThat(texts(SubscriptionReader.of(job(id).subscribe()).untilEnd()))
                .containsExactly("one", "{\"error\":\"cancelled\"}");
    }

    @Test
    void cancelEndsTheSleepOfTheJob() throws Exception {
        CompletableFuture<Thread> started = new CompletableFuture<>();
        CompletableFuture<Throwable> ended = new CompletableFuture<>();
        String id = registry.start(sink -> {
            sink.sleep(Duration.ofMillis(1));
            sink.yield("one");
            started.complete(Thread.currentThread());
            try {
                sink.sleep(Duration.ofDays(1));
            } catch (RuntimeException e) {
                ended.complete(e);
                throw e;
            }
        });
        Thread job = started.get(SubscriptionReader.TIMEOUT_SECONDS, TimeUnit.SECONDS);
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(SubscriptionReader.TIMEOUT_SECONDS);
        while (job.getState() != Thread.State.TIMED_WAITING && System.nanoTime() < deadline) {
            Thread.onSpinWait();
        }
        assertThat(job.getState()).isEqualTo(Thread.State.TIMED_WAITING);
        assertThat(registry.cancel(id)).isTrue();
        assertThat(ended.get(SubscriptionReader.TIMEOUT_SECONDS, TimeUnit.SECONDS))
                .isInstanceOf(StreamEndedException.class);
    }

    private static Throwable thrownBy(EventSink sink) {
        try {
            sink.yield("too late");
            return new AssertionError("The sink accepted an event after the end of the job");
        } catch (RuntimeException e) {
            return e;
        }
    }

    @Test
    void sinkOfJobIsClosedAfterTheJobHasReturned() throws Exception {
        CompletableFuture<EventSink> kept = new CompletableFuture<>();
        String id = registry.start(kept::complete);
        SubscriptionReader.of(job(id).subscribe()).untilEnd();
        EventSink sink = kept.get(SubscriptionReader.TIMEOUT_SECONDS, TimeUnit.SECONDS);
        assertThatThrownBy(() -> sink.yield("late")).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void jobCanOnlyBeSubscribedTo() {
        String id = registry.start(sink -> sink.yield("one"));
        Source source = job(id).withHistory().withBuffer(10);
        assertThat(source).isNotInstanceOf(Channel.class);
        assertThat(source.name()).isEqualTo(id);
    }

    @Test
    void eventWithOwnIdIsRejected() throws Exception {
        CompletableFuture<Throwable> refused = new CompletableFuture<>();
        registry.start(sink -> {
            try {
                sink.yield(SseEvent.of("data").withId("id"));
            } catch (RuntimeException e) {
                refused.complete(e);
            }
        });
        assertThat(refused.get(SubscriptionReader.TIMEOUT_SECONDS, TimeUnit.SECONDS))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void unknownJobIsNotFoundAndChannelsDoNotShareNamesWithJobs() {
        assertThat(registry.job("nobody")).isEmpty();
        assertThat(registry.cancel("nobody")).isFalse();
        registry.start("shared", sink -> sink.yield("the job's"));
        registry.channel("shared").publish(SseEvent.of("the channel's"));
        assertThat(texts(SubscriptionReader.of(job("shared").subscribe()).untilEnd()))
                .containsExactly("the job's");
    }

    @Test
    void finishedJobIsForgottenAfterItsRetention() throws InterruptedException {
        registry.close();
        registry = newChannels().jobsKept(Duration.ofMillis(200)).build();
        registry.start("short", sink -> sink.yield("one"));
        SubscriptionReader.of(job("short").subscribe()).untilEnd();
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(SubscriptionReader.TIMEOUT_SECONDS);
        while (registry.job("short").isPresent()) {
            assertThat(System.nanoTime()).isLessThan(deadline);
            Thread.sleep(10);
        }
        assertThat(registry.start("short", sink -> sink.yield("again"))).isTrue();
        assertThat(texts(SubscriptionReader.of(job("short").subscribe()).untilEnd()))
                .containsExactly("again");
    }
}
