package io.flosse.redis;

import static org.assertj.core.api.Assertions.assertThat;

import io.flosse.SseEvent;
import io.flosse.StreamEndedException;
import io.flosse.channel.Channels;
import io.flosse.contract.Reading;
import io.flosse.internal.channel.backend.ChannelSettings;
import io.flosse.internal.channel.backend.Payload;
import io.flosse.redis.fixture.Link;
import io.flosse.redis.fixture.SharedRedis;
import io.flosse.redis.fixture.TestRedis;
import io.flosse.redis.internal.RedisBackend;
import io.flosse.redis.internal.connection.RedisAddress;
import io.flosse.redis.internal.connection.RedisSettings;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import redis.clients.jedis.Jedis;

/** Jobs of which one machine runs and others ask. A family stands for a machine. */
class RedisJobsAcrossMachinesTest {

    @RegisterExtension
    static final SharedRedis REDIS = new SharedRedis();

    private final String prefix = TestRedis.prefix();

    private Channels machine() {
        return machine(REDIS.redis().uri());
    }

    private Channels machine(String uri) {
        return FlosseRedis.builder(uri)
                .prefix(prefix)
                .timeout(Duration.ofMillis(500))
                .jobLease(Duration.ofSeconds(3))
                .build();
    }

    private static Reading attach(Channels machine, String id) {
        return Reading.of(machine.job(id).orElseThrow().subscribe());
    }

    private static List<String> texts(List<SseEvent> events) {
        return events.stream().map(event -> String.valueOf(event.data())).toList();
    }

    private static <T> T get(Future<T> future) throws Exception {
        return future.get(Reading.PATIENCE_SECONDS, TimeUnit.SECONDS);
    }

    @Test
    void aJobThatAllMachinesStartAtOnceRunsOnce() throws Exception {
        AtomicInteger runs = new AtomicInteger();
        try (Channels one = machine();
                Channels other = machine();
                ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<Boolean>> starts = new ArrayList<>();
            for (int i = 0; i < 20; i++) {
                Channels machine = i % 2 == 0 ? one : other;
                starts.add(threads.submit(() -> machine.start("import", sink -> sink.yield(runs.incrementAndGet()))));
            }
            int started = 0;
            for (Future<Boolean> start : starts) {
                started += get(start) ? 1 : 0;
            }
            assertThat(started).isEqualTo(1);
            assertThat(texts(attach(one, "import").untilEnd())).containsExactly("1");
            assertThat(texts(attach(other, "import").untilEnd())).containsExactly("1");
        }
    }

    @Test
    void anotherMachineAttachesInTheMiddleAndCancels() throws Exception {
        CountDownLatch begun = new CountDownLatch(1);
        CompletableFuture<Throwable> thrown = new CompletableFuture<>();
        try (Channels runs = machine();
                Channels asks = machine()) {
            String id = runs.start(sink -> {
                sink.yield("one");
                sink.yield("two");
                begun.countDown();
                try {
                    while (true) {
                        Thread.sleep(10);
                        sink.comment("still there");
                    }
                } catch (InterruptedException | RuntimeException e) {
                    thrown.complete(e);
                    throw e;
                }
            });
            assertThat(begun.await(Reading.PATIENCE_SECONDS, TimeUnit.SECONDS)).isTrue();
            Reading reading = attach(asks, id);
            List<SseEvent> first = reading.next(2);
            assertThat(texts(first)).containsExactly("one", "two");
            assertThat(asks.cancel(id)).isTrue();
            assertThat(texts(reading.untilEnd())).containsExactly("{\"error\":\"cancelled\"}");
            assertThat(get(thrown)).isInstanceOfAny(InterruptedException.class, StreamEndedException.class);
            assertThat(runs.cancel(id)).isFalse();
            Reading again = Reading.of(
                    runs.job(id).orElseThrow().subscribe(first.getFirst().id().orElseThrow()));
            assertThat(texts(again.untilEnd())).containsExactly("two", "{\"error\":\"cancelled\"}");
        }
    }

    @Test
    void aJobWhoseMachineHasDiedIsToldAsLostOnce() {
        try (Link link = new Link(REDIS.redis().port());
                Channels dies = machine(link.uri());
                Channels one = machine();
                Channels other = machine()) {
            String id = dies.start(sink -> {
                sink.yield("one");
                Thread.sleep(Duration.ofDays(1));
            });
            Reading here = attach(one, id);
            Reading there = attach(other, id);
            assertThat(here.next().data()).isEqualTo("one");
            assertThat(there.next().data()).isEqualTo("one");
            link.stall();
            assertThat(texts(here.untilEnd())).containsExactly("{\"error\":\"lost\"}");
            assertThat(texts(there.untilEnd())).containsExactly("{\"error\":\"lost\"}");
            assertThat(texts(attach(other, id).untilEnd())).containsExactly("one", "{\"error\":\"lost\"}");
        }
    }

    @Test
    void aMachineThatWasThoughtDeadStopsItsJob() throws Exception {
        CountDownLatch yielded = new CountDownLatch(1);
        CompletableFuture<Throwable> thrown = new CompletableFuture<>();
        try (Link link = new Link(REDIS.redis().port());
                Channels pauses = machine(link.uri());
                Channels other = machine()) {
            String id = pauses.start(sink -> {
                sink.yield("one");
                yielded.countDown();
                try {
                    Thread.sleep(Duration.ofDays(1));
                } catch (InterruptedException e) {
                    thrown.complete(e);
                }
            });
            Reading reading = attach(other, id);
            reading.next();
            // Others may have it before its own machine has Redis' answer, without which the yield would throw.
            assertThat(yielded.await(Reading.PATIENCE_SECONDS, TimeUnit.SECONDS))
                    .isTrue();
            link.stall();
            assertThat(texts(reading.untilEnd())).containsExactly("{\"error\":\"lost\"}");
            link.cut();
            assertThat(get(thrown)).isInstanceOf(InterruptedException.class);
        }
    }

    @Test
    void aJobThatRedisHasForgottenDoesNotKeepItsSubscribers() {
        try (TestRedis redis = TestRedis.started();
                Channels runs = machine(redis.uri());
                Channels asks = machine(redis.uri());
                Jedis jedis = redis.client()) {
            String id = runs.start(sink -> {
                sink.yield("one");
                Thread.sleep(Duration.ofDays(1));
            });
            Reading reading = attach(asks, id);
            reading.next();
            jedis.flushAll();
            List<SseEvent> rest = reading.untilEnd();
            assertThat(texts(rest)).contains("{\"error\":\"lost\"}");
            assertThat(rest.getFirst().event()).contains("gap");
        }
    }

    /** The machine that ends it may stop at any moment: between two steps, another would tell of a loss. */
    @Test
    void aJobThatHasEndedIsNeverToldAsLost() {
        RedisSettings settings = new RedisSettings(
                RedisAddress.parse(REDIS.redis().uri()),
                prefix,
                Duration.ofMillis(500),
                Duration.ofSeconds(3),
                Optional.empty());
        try (RedisBackend backend = new RedisBackend(settings, ChannelSettings.defaults());
                Channels asks = machine()) {
            assertThat(backend.jobStore().claim("short")).isTrue();
            Reading reading = attach(asks, "short");
            SseEvent last = SseEvent.of("cancelled");
            assertThat(backend.jobStore().end("short", Optional.of(Payload.ofText(last))))
                    .isTrue();
            assertThat(texts(reading.untilEnd())).containsExactly("cancelled");
            assertThat(backend.jobStore().end("short", Optional.empty())).isFalse();
        }
    }
}
