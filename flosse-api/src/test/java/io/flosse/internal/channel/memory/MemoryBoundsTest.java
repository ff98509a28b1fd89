package io.flosse.internal.channel.memory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.flosse.SseEvent;
import io.flosse.channel.Channel;
import io.flosse.channel.Channel.Loss;
import io.flosse.channel.ChannelUnavailableException;
import io.flosse.channel.Channels;
import io.flosse.channel.Source;
import io.flosse.channel.Subscription;
import io.flosse.contract.SubscriptionReader;
import io.flosse.internal.channel.ChannelsBuilder;
import io.flosse.internal.channel.OpenChannels;
import io.flosse.internal.channel.backend.ChannelSettings;
import io.flosse.internal.channel.backend.Retention;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The bounds of all channels in memory together: their number, and the memory of their histories. */
class MemoryBoundsTest {

    private static final Duration LONG = Duration.ofHours(1);
    private static final long MEBIBYTE = 1 << 20;

    private final List<Channels> open = new ArrayList<>();
    private MemoryBackend backend;

    @AfterEach
    void close() {
        open.forEach(Channels::close);
    }

    private Channels channels(int maxChannels, long totalHistoryBytes, Duration age) {
        ChannelSettings settings = ChannelSettings.defaults()
                .withHistory(new Retention(1000, MEBIBYTE, age))
                .withJobsKept(age)
                .withMaxChannels(maxChannels)
                .withTotalHistoryBytes(totalHistoryBytes);
        backend = new MemoryBackend(settings);
        Channels channels = new ChannelsBuilder(ignored -> backend, new OpenChannels()).build();
        open.add(channels);
        return channels;
    }

    private static void await(BooleanSupplier condition, String what) {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(SubscriptionReader.TIMEOUT_SECONDS);
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() > deadline) {
                throw new AssertionError("Timed out waiting for " + what);
            }
            LockSupport.parkNanos(2_000_000);
        }
    }

    /** Returns whether the channel still has the history after an event. */
    private static boolean remembers(Channel channel, String id) {
        try (Subscription subscription = channel.subscribe(id)) {
            return channel.losses().get(Loss.UNKNOWN_ID) == 0;
        }
    }

    @Test
    void channelUnusedForLongestMakesRoomForANewName() {
        Channels channels = channels(3, MEBIBYTE, LONG);
        String a = channels.channel("a").publish(SseEvent.of(1));
        String b = channels.channel("b").publish(SseEvent.of(1));
        String c = channels.channel("c").publish(SseEvent.of(1));
        channels.channel("a").publish(SseEvent.of(2));
        String d = channels.channel("d").publish(SseEvent.of(1));

        assertThat(backend.size()).isEqualTo(3);
        assertThat(remembers(channels.channel("a"), a)).isTrue();
        assertThat(remembers(channels.channel("c"), c)).isTrue();
        assertThat(remembers(channels.channel("d"), d)).isTrue();
        assertThat(remembers(channels.channel("b"), b)).isFalse();
    }

    @Test
    void channelWithSubscribersOrARunningJobIsKeptAndANewNameIsRefused() throws InterruptedException {
        Channels channels = channels(2, MEBIBYTE, LONG);
        CountDownLatch end = new CountDownLatch(1);
        assertThat(channels.start("job", sink -> {
                    sink.yield("working");
                    end.await();
                }))
                .isTrue();
        Channel a = channels.channel("a");
        Channel b = channels.channel("b");
        try (SubscriptionReader reader = SubscriptionReader.of(a.subscribe());
                SubscriptionReader job =
                        SubscriptionReader.of(channels.job("job").orElseThrow().subscribe())) {
            assertThat(job.next().data()).isEqualTo("working");
            for (int i = 0; i < 3; i++) {
                assertThatThrownBy(() -> b.publish(SseEvent.of(1)))
                        .isInstanceOf(ChannelUnavailableException.class)
                        .hasMessageContaining("maxChannels");
                assertThatThrownBy(b::subscribe).isInstanceOf(ChannelUnavailableException.class);
                assertThatThrownBy(b::end).isInstanceOf(ChannelUnavailableException.class);
                assertThatThrownBy(() -> channels.start("other", sink -> {}))
                        .isInstanceOf(ChannelUnavailableException.class);
            }
            assertThat(channels.job("other")).as("refused job").isEmpty();
            a.publish(SseEvent.of("goes on"));
            assertThat(reader.next().data()).isEqualTo("goes on");
        }
        b.publish(SseEvent.of("a makes room, the running job does not"));
        assertThatThrownBy(() -> {
                    try (Subscription first = b.subscribe();
                            Subscription second = a.subscribe()) {
                        throw new AssertionError("The running job was removed for " + first + " and " + second);
                    }
                })
                .isInstanceOf(ChannelUnavailableException.class);
        end.countDown();
    }

    @Test
    void endedJobUnusedForLongestIsForgotten() {
        Channels channels = channels(2, MEBIBYTE, LONG);
        channels.start("job", sink -> sink.yield("x".repeat(1000)));
        Source job = channels.job("job").orElseThrow();
        SubscriptionReader.of(job.subscribe()).untilEnd();
        await(() -> job.subscribers() == 0, "the end of the subscription");

        channels.channel("a").publish(SseEvent.of(1));
        assertThat(channels.job("job")).isPresent();
        long withJob = backend.historyMemory();
        channels.channel("b").publish(SseEvent.of(1));
        assertThat(channels.job("job")).isEmpty();
        assertThat(backend.historyMemory()).isLessThan(withJob - 1000);
        assertThat(channels.start("job", sink -> {})).isTrue();
    }

    /** Clients can subscribe to any name, where a route takes it from the request. */
    @Test
    void subscribingToUnknownNamesLeavesNothingBehind() {
        Channels channels = channels(10, MEBIBYTE, LONG);
        String id = channels.channel("real").publish(SseEvent.of(1));
        for (int i = 0; i < 100; i++) {
            channels.channel("unknown-" + i).subscribe().close();
            channels.channel("unknown-" + i).withHistory().subscribe("any id").close();
        }
        assertThat(backend.size()).isEqualTo(1);
        assertThat(remembers(channels.channel("real"), id)).isTrue();
    }

    /** The attack: large events for many names. */
    @Test
    void historiesTogetherStayWithinTheirMemory() {
        Channels channels = channels(10_000, MEBIBYTE, LONG);
        String large = "x".repeat(64 * 1024);
        String first = channels.channel("0").publish(SseEvent.of("1"));
        String last = first;
        for (int i = 1; i < 2000; i++) {
            last = channels.channel(Integer.toString(i)).publish(SseEvent.of(large));
            assertThat(backend.historyMemory()).isLessThanOrEqualTo(MEBIBYTE);
        }
        assertThat(backend.size()).isLessThan(10);
        assertThat(remembers(channels.channel("1999"), last)).isTrue();
        assertThat(remembers(channels.channel("0"), first)).isFalse();
    }

    /** Small events count with the objects that hold them. */
    @Test
    void smallEventsCountWithTheirObjects() {
        Channels channels = channels(10_000, MEBIBYTE, LONG);
        for (int i = 0; i < 10_000; i++) {
            channels.channel(Integer.toString(i % 100)).publish(SseEvent.of(""));
        }
        assertThat(backend.historyMemory()).isBetween(MEBIBYTE / 2, MEBIBYTE);
    }

    @Test
    void historyOfAChannelInUseIsCutWithoutLossForItsSubscribers() {
        long max = 16 * 1024;
        Channels channels = channels(10_000, max, LONG);
        Channel channel = channels.channel("busy");
        Channel fresh = channels.channel("new");
        try (SubscriptionReader live = SubscriptionReader.of(channel.subscribe())) {
            String first = channel.publish(SseEvent.of("0"));
            for (int i = 1; i < 100; i++) {
                channel.publish(SseEvent.of(Integer.toString(i)).withEvent("x".repeat(500)));
                assertThat(backend.historyMemory()).isLessThanOrEqualTo(max);
            }
            assertThat(live.next(100))
                    .extracting(SseEvent::data)
                    .startsWith("0", "1", "2")
                    .endsWith("98", "99");
            assertThatThrownBy(() -> fresh.publish(SseEvent.of("x".repeat(1000))))
                    .isInstanceOf(ChannelUnavailableException.class)
                    .hasMessageContaining("totalHistoryBytes");
            try (SubscriptionReader back = SubscriptionReader.of(channel.subscribe(first))) {
                SseEvent gap = back.next();
                assertThat(gap.event()).contains("gap");
                assertThat((String) gap.data()).startsWith("{\"missed\":");
                assertThat(channel.losses().get(Loss.TRIMMED)).isPositive();
            }
        }
        assertThat(fresh.publish(SseEvent.of("x".repeat(1000))))
                .as("after the last subscriber has left")
                .isNotNull();
        assertThat(backend.historyMemory()).isLessThanOrEqualTo(max);
    }

    @Test
    void eventLargerThanAllHistoriesIsDeliveredAndRemovesNothing() {
        Channels channels = channels(10, 16 * 1024, LONG);
        String id = channels.channel("small").publish(SseEvent.of(1));
        Channel large = channels.channel("large");
        try (SubscriptionReader live = SubscriptionReader.of(large.subscribe())) {
            large.publish(SseEvent.of("x".repeat(100_000)));
            assertThat((String) live.next().data()).hasSize(100_000);
        }
        channels.channel("other").publish(SseEvent.of("y".repeat(100_000)));
        assertThat(remembers(channels.channel("small"), id)).isTrue();
    }

    @Test
    void eventLargerThanAllHistoriesRemovesNothingOfItsOwnChannel() {
        Channels channels = channels(10, 16 * 1024, LONG);
        Channel channel = channels.channel("a");
        for (int i = 0; i < 20; i++) {
            channel.publish(SseEvent.of(i));
        }
        long before = backend.historyMemory();
        try (SubscriptionReader live = SubscriptionReader.of(channel.subscribe())) {
            channel.publish(SseEvent.of("x".repeat(100_000)));
            assertThat((String) live.next().data()).hasSize(100_000);
        }
        assertThat(backend.historyMemory()).isBetween(before + 1, before + 1000);
        try (SubscriptionReader all =
                SubscriptionReader.of(channel.withHistory().subscribe())) {
            assertThat(all.next(20)).extracting(SseEvent::data).startsWith("0").endsWith("19");
            assertThat(all.next().data()).isEqualTo("{\"missed\":1}");
        }
    }

    /** Larger than its own history could be, since the others are in use. */
    @Test
    void eventLargerThanWhatOtherHistoriesLeaveRemovesNothing() {
        Channels channels = channels(10, 16 * 1024, LONG);
        Channel used = channels.channel("used");
        Channel channel = channels.channel("a");
        used.publish(SseEvent.of("x".repeat(3000)));
        for (int i = 0; i < 5; i++) {
            channel.publish(SseEvent.of(i));
        }
        try (Subscription keepsItUsed = used.subscribe();
                SubscriptionReader live = SubscriptionReader.of(channel.subscribe())) {
            channel.publish(SseEvent.of("y".repeat(3000)));
            assertThat((String) live.next().data()).hasSize(3000);
            try (SubscriptionReader all =
                    SubscriptionReader.of(channel.withHistory().subscribe())) {
                assertThat(all.next(5))
                        .extracting(SseEvent::data)
                        .startsWith("0")
                        .endsWith("4");
                assertThat(all.next().data()).isEqualTo("{\"missed\":1}");
            }
            assertThat(keepsItUsed).isNotNull();
        }
    }

    /** An event that is not kept needs no room. */
    @Test
    void largeFirstEventOfAChannelRemovesNoOtherChannel() {
        long max = 5 * MEBIBYTE; // holds one event of a mebibyte in memory, not two
        Channels channels = channels(10, max, LONG);
        String id = channels.channel("unused").publish(SseEvent.of("x".repeat((int) MEBIBYTE - 100)));
        Channel large = channels.channel("large");
        large.publish(SseEvent.of("x".repeat((int) MEBIBYTE)));
        assertThat(remembers(channels.channel("unused"), id)).isTrue();
        assertThat(backend.historyMemory()).isLessThan(max);
    }

    @Test
    void expiredHistoriesAndForgottenJobsReturnTheirMemory() {
        Channels channels = channels(10, MEBIBYTE, Duration.ofMillis(500));
        try (SubscriptionReader live =
                SubscriptionReader.of(channels.channel("a").subscribe())) {
            channels.channel("a").publish(SseEvent.of("x".repeat(1000)));
            assertThat(live.next()).isNotNull();
        }
        channels.channel("ended").publish(SseEvent.of("x".repeat(1000)));
        channels.channel("ended").end();
        channels.start("job", sink -> sink.yield("x".repeat(1000)));
        assertThat(backend.historyMemory()).isGreaterThan(2000);
        await(() -> !backend.sweep(), "the end of all channels");
        assertThat(backend.historyMemory()).isZero();
        assertThat(backend.size()).isZero();
    }

    /** Many names, few places: subscribers lose nothing meanwhile, and nothing is left in the end. */
    @Test
    void boundsHoldUnderConcurrentUse() throws Exception {
        int maxChannels = 40;
        long max = MEBIBYTE;
        int threads = 8;
        Channels channels = channels(maxChannels, max, Duration.ofSeconds(1));
        Channel steady = channels.channel("steady");
        AtomicInteger accepted = new AtomicInteger();
        List<SubscriptionReader> readers = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            readers.add(SubscriptionReader.of(steady.withBuffer(1_000_000).subscribe()));
        }
        try (ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<?>> working = new ArrayList<>();
            for (int t = 0; t < threads; t++) {
                working.add(executor.submit(() -> {
                    ThreadLocalRandom random = ThreadLocalRandom.current();
                    for (int i = 0; i < 1000; i++) {
                        Channel any = channels.channel("c" + random.nextInt(200));
                        try {
                            any.publish(SseEvent.of("x".repeat(random.nextInt(2000))));
                            try (Subscription subscription = any.withHistory().subscribe()) {
                                any.publish(SseEvent.of("seen"));
                                assertThat(subscription.iterator().hasNext()).isTrue();
                            }
                            accepted.incrementAndGet();
                        } catch (ChannelUnavailableException full) {
                            // All memory belongs to channels in use at the moment.
                        }
                        steady.publish(SseEvent.of(i));
                        assertThat(backend.size()).isLessThanOrEqualTo(maxChannels);
                    }
                }));
            }
            for (Future<?> one : working) {
                one.get();
            }
        }
        assertThat(accepted).hasValueGreaterThan(threads * 500);
        for (SubscriptionReader reader : readers) {
            List<SseEvent> events = reader.next(threads * 1000);
            assertThat(events).noneMatch(event -> event.event().isPresent());
            reader.close();
        }
        // Each publisher brings the histories back into their bound before it returns.
        assertThat(backend.historyMemory()).isBetween(1L, max);
        await(() -> !backend.sweep(), "the end of all channels");
        assertThat(backend.historyMemory()).isZero();
        assertThat(backend.size()).isZero();
    }

    @Test
    void invalidBoundsAreRejected() {
        assertThatThrownBy(() -> Channels.builder().maxChannels(0)).hasMessageContaining("maxChannels");
        assertThatThrownBy(() -> Channels.builder().totalHistoryBytes(-1)).hasMessageContaining("totalHistoryBytes");
        assertThat(ChannelSettings.defaults().maxChannels()).isEqualTo(10_000);
        assertThat(ChannelSettings.defaults().totalHistoryBytes())
                .isEqualTo(Runtime.getRuntime().maxMemory() / 4);
    }
}
