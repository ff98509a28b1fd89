package io.flosse.redis;

import static org.assertj.core.api.Assertions.assertThat;

import io.flosse.SseEvent;
import io.flosse.StreamEndedException;
import io.flosse.channel.Channels;
import io.flosse.contract.SubscriptionReader;
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

/** Jobs that run on one server and are observed on others. Each {@link Channels} stands for a server. */
class RedisJobsAcrossServersTest {

    @RegisterExtension
    static final SharedRedis REDIS = new SharedRedis();

    private final String prefix = TestRedis.prefix();

    private Channels server() {
        return server(REDIS.redis().uri());
    }

    private Channels server(String uri) {
        return FlosseRedis.builder(uri)
                .prefix(prefix)
                .timeout(Duration.ofMillis(500))
                .jobLease(Duration.ofSeconds(3))
                .build()
                .channels()
                .build();
    }

    private static SubscriptionReader attach(Channels server, String id) {
        return SubscriptionReader.of(server.job(id).orElseThrow().subscribe());
    }

    private static List<String> texts(List<SseEvent> events) {
        return events.stream().map(event -> String.valueOf(event.data())).toList();
    }

    private static <T> T get(Future<T> future) throws Exception {
        return future.get(SubscriptionReader.TIMEOUT_SECONDS, TimeUnit.SECONDS);
    }

    @Test
    void jobStartedConcurrentlyOnAllServersRunsOnce() throws Exception {
        AtomicInteger runs = new AtomicInteger();
        try (Channels one = server();
                Channels other = server();
                ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<Boolean>> starts = new ArrayList<>();
            for (int i = 0; i < 20; i++) {
                Channels server = i % 2 == 0 ? one : other;
                starts.add(threads.submit(() -> server.start("import", sink -> sink.yield(runs.incrementAndGet()))));
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
    void anotherServerAttachesToARunningJobAndCancelsIt() throws Exception {
        CountDownLatch begun = new CountDownLatch(1);
        CompletableFuture<Throwable> thrown = new CompletableFuture<>();
        try (Channels runner = server();
                Channels observer = server()) {
            String id = runner.start(sink -> {
                sink.yield("one");
                sink.yield("two");
                begun.countDown();
                try {
                    while (true) {
                        sink.sleep(Duration.ofMillis(10));
                    }
                } catch (RuntimeException e) {
                    thrown.complete(e);
                    throw e;
                }
            });
            assertThat(begun.await(SubscriptionReader.TIMEOUT_SECONDS, TimeUnit.SECONDS))
                    .isTrue();
            SubscriptionReader reader = attach(observer, id);
            List<SseEvent> first = reader.next(2);
            assertThat(texts(first)).containsExactly("one", "two");
            assertThat(observer.cancel(id)).isTrue();
            assertThat(texts(reader.untilEnd())).containsExactly("{\"error\":\"cancelled\"}");
            assertThat(get(thrown)).isInstanceOfAny(InterruptedException.class, StreamEndedException.class);
            assertThat(runner.cancel(id)).isFalse();
            SubscriptionReader again = SubscriptionReader.of(
                    runner.job(id).orElseThrow().subscribe(first.getFirst().id().orElseThrow()));
            assertThat(texts(again.untilEnd())).containsExactly("two", "{\"error\":\"cancelled\"}");
        }
    }

    @Test
    void jobOfADeadServerIsReportedLostOnce() {
        try (Link link = new Link(REDIS.redis().port());
                Channels dying = server(link.uri());
                Channels one = server();
                Channels other = server()) {
            String id = dying.start(sink -> {
                sink.yield("one");
                Thread.sleep(Duration.ofDays(1));
            });
            SubscriptionReader here = attach(one, id);
            SubscriptionReader there = attach(other, id);
            assertThat(here.next().data()).isEqualTo("one");
            assertThat(there.next().data()).isEqualTo("one");
            link.stall();
            assertThat(texts(here.untilEnd())).containsExactly("{\"error\":\"lost\"}");
            assertThat(texts(there.untilEnd())).containsExactly("{\"error\":\"lost\"}");
            assertThat(texts(attach(other, id).untilEnd())).containsExactly("one", "{\"error\":\"lost\"}");
        }
    }

    @Test
    void serverWithAnExpiredLeaseStopsItsJob() throws Exception {
        CountDownLatch yielded = new CountDownLatch(1);
        CompletableFuture<Throwable> thrown = new CompletableFuture<>();
        try (Link link = new Link(REDIS.redis().port());
                Channels paused = server(link.uri());
                Channels other = server()) {
            String id = paused.start(sink -> {
                sink.yield("one");
                yielded.countDown();
                try {
                    Thread.sleep(Duration.ofDays(1));
                } catch (InterruptedException e) {
                    thrown.complete(e);
                }
            });
            SubscriptionReader reader = attach(other, id);
            reader.next();
            // The other server may receive the event before its own server has the answer of Redis; then the yield
            // would throw.
            assertThat(yielded.await(SubscriptionReader.TIMEOUT_SECONDS, TimeUnit.SECONDS))
                    .isTrue();
            link.stall();
            assertThat(texts(reader.untilEnd())).containsExactly("{\"error\":\"lost\"}");
            link.cut();
            assertThat(get(thrown)).isInstanceOf(InterruptedException.class);
        }
    }

    @Test
    void subscribersOfAJobThatRedisHasLostAreEnded() {
        try (TestRedis redis = TestRedis.started();
                Channels runner = server(redis.uri());
                Channels observer = server(redis.uri());
                Jedis jedis = redis.client()) {
            String id = runner.start(sink -> {
                sink.yield("one");
                Thread.sleep(Duration.ofDays(1));
            });
            SubscriptionReader reader = attach(observer, id);
            reader.next();
            jedis.flushAll();
            List<SseEvent> rest = reader.untilEnd();
            assertThat(texts(rest)).contains("{\"error\":\"lost\"}");
            assertThat(rest.getFirst().event()).contains("gap");
        }
    }

    /** Job and channel end in one step. Between two steps, another server could report the job as lost. */
    @Test
    void endedJobIsNeverReportedLost() {
        RedisSettings settings = new RedisSettings(
                RedisAddress.parse(REDIS.redis().uri()),
                prefix,
                Duration.ofMillis(500),
                Duration.ofSeconds(3),
                Optional.empty());
        try (RedisBackend backend = new RedisBackend(settings, ChannelSettings.defaults());
                Channels observer = server()) {
            assertThat(backend.jobStore().claim("short")).isTrue();
            SubscriptionReader reader = attach(observer, "short");
            SseEvent last = SseEvent.of("cancelled");
            assertThat(backend.jobStore().end("short", Optional.of(Payload.ofText(last))))
                    .isTrue();
            assertThat(texts(reader.untilEnd())).containsExactly("cancelled");
            assertThat(backend.jobStore().end("short", Optional.empty())).isFalse();
        }
    }
}
