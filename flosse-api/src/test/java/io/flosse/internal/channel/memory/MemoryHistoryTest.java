package io.flosse.internal.channel.memory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.flosse.SseEvent;
import io.flosse.channel.Channel;
import io.flosse.channel.Channel.Loss;
import io.flosse.channel.Channels;
import io.flosse.channel.Subscription;
import io.flosse.contract.SubscriptionReader;
import io.flosse.internal.RefusedCalls;
import io.flosse.internal.StreamScope;
import io.flosse.internal.StreamWaits;
import io.flosse.internal.channel.ChannelsBuilder;
import io.flosse.internal.channel.OpenChannels;
import io.flosse.internal.channel.backend.ChannelSettings;
import io.flosse.internal.channel.backend.Retention;
import io.flosse.internal.wire.FramedEvent;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import org.junit.jupiter.api.Test;

/** History of channels in memory: retention, eviction, and gap events. */
class MemoryHistoryTest {

    private static List<String> publish(Channel channel, int count) {
        List<String> ids = new ArrayList<>();
        for (int i = 1; i <= count; i++) {
            ids.add(channel.publish(SseEvent.of(Integer.toString(i))));
        }
        return ids;
    }

    private static List<SseEvent> history(Channel channel, int count) {
        try (SubscriptionReader reading =
                SubscriptionReader.of(channel.withHistory().subscribe())) {
            return reading.next(count);
        }
    }

    private static void await(java.util.function.BooleanSupplier condition) throws InterruptedException {
        long deadline = System.nanoTime()
                + Duration.ofSeconds(SubscriptionReader.TIMEOUT_SECONDS).toNanos();
        while (!condition.getAsBoolean()) {
            assertThat(System.nanoTime()).isLessThan(deadline);
            Thread.sleep(5);
        }
    }

    @Test
    void historyIsLimitedByEventCount() {
        Channel channel = Channels.builder().historyEvents(3).build().channel("a");
        List<String> ids = publish(channel, 10);
        assertThat(history(channel, 3).getFirst().data()).isEqualTo("8");
        try (SubscriptionReader back = SubscriptionReader.of(channel.subscribe(ids.get(1)))) {
            assertThat(back.next().data()).isEqualTo("{\"missed\":5,\"oldest\":\"" + ids.get(7) + "\"}");
            assertThat(back.next().data()).isEqualTo("8");
        }
        try (SubscriptionReader back = SubscriptionReader.of(channel.subscribe(ids.get(6)))) {
            assertThat(back.next().data()).isEqualTo("8"); // the oldest event is the next one, so nothing is missing
        }
        assertThat(channel.losses()).containsEntry(Loss.TRIMMED, 5L);
    }

    @Test
    void historyIsLimitedByFrameBytes() {
        Channel channel = Channels.builder().historyBytes(1000).build().channel("a");
        for (int i = 0; i < 100; i++) {
            channel.publish(SseEvent.of("x".repeat(200)));
        }
        // id: <about 12>, data: <200>
        assertThat(history(channel, 4)).hasSize(4);
        String last = channel.publish(SseEvent.of("y".repeat(2000)));
        try (SubscriptionReader back =
                SubscriptionReader.of(channel.subscribe(last.substring(0, last.indexOf('-')) + "-100"))) {
            assertThat(back.next().data()).isEqualTo("{\"missed\":1}");
            channel.publish(SseEvent.of("small"));
            assertThat(back.next().data()).isEqualTo("small");
        }
    }

    @Test
    void historyIsLimitedByAge() throws InterruptedException {
        Channel channel =
                Channels.builder().historyAge(Duration.ofMillis(300)).build().channel("a");
        try (SubscriptionReader keepsItInUse = SubscriptionReader.of(channel.subscribe())) {
            String first = channel.publish(SseEvent.of("old"));
            channel.publish(SseEvent.of("not much younger"));
            await(() -> {
                try (Subscription back = channel.subscribe(first)) {
                    return channel.losses().get(Loss.TRIMMED) > 0
                            && back.iterator().next().data().equals("{\"missed\":1}");
                }
            });
            assertThat(keepsItInUse.next(2)).hasSize(2);
        }
    }

    @Test
    void channelWithoutHistoryReportsMissedEvents() {
        Channel channel = Channels.builder().historyEvents(0).build().channel("a");
        List<String> ids = publish(channel, 2);
        try (SubscriptionReader back = SubscriptionReader.of(channel.subscribe(ids.getFirst()))) {
            assertThat(back.next().data()).isEqualTo("{\"missed\":1}");
            channel.publish(SseEvent.of("3"));
            assertThat(back.next().data()).isEqualTo("3");
        }
    }

    @Test
    void unusedChannelIsRemovedAndItsOldIdGetsGapEvent() throws InterruptedException {
        MemoryBackend backend = new MemoryBackend(
                ChannelSettings.defaults().withHistory(new Retention(1000, 1_000_000, Duration.ofMillis(100))));
        Channels registry = new ChannelsBuilder(settings -> backend, new OpenChannels()).build();
        Channel channel = registry.channel("a");
        String old = channel.publish(SseEvent.of("old"));
        await(() -> !backend.sweep());
        assertThat(channel.losses()).containsEntry(Loss.UNKNOWN_ID, 0L);
        String fresh = channel.publish(SseEvent.of("fresh"));
        assertThat(fresh).endsWith("-1").isNotEqualTo(old);
        try (SubscriptionReader back = SubscriptionReader.of(channel.subscribe(old))) {
            assertThat(back.next().data()).isEqualTo("{\"oldest\":\"" + fresh + "\"}");
            assertThat(back.next().data()).isEqualTo("fresh");
        }
    }

    @Test
    void channelWithSubscriberIsKept() {
        MemoryBackend backend =
                new MemoryBackend(ChannelSettings.defaults().withHistory(new Retention(0, 0, Duration.ofNanos(1))));
        Channel channel = new ChannelsBuilder(settings -> backend, new OpenChannels())
                .build()
                .channel("a");
        try (Subscription subscription = channel.subscribe()) {
            assertThat(backend.sweep()).isTrue();
            String first = channel.publish(SseEvent.of(1));
            assertThat(backend.sweep()).isTrue();
            assertThat(channel.publish(SseEvent.of(2))).startsWith(first.substring(0, first.length() - 1));
        }
        assertThat(backend.sweep()).isFalse();
    }

    @Test
    void futureOrMalformedIdGetsGapEvent() {
        Channel channel = Channels.inMemory().channel("a");
        String id = publish(channel, 2).getLast();
        String epoch = id.substring(0, id.indexOf('-') + 1);
        for (String wrong : List.of(
                epoch + "3",
                epoch + "0",
                epoch + "-1",
                epoch + "+1",
                epoch + "01",
                epoch + " 1",
                epoch,
                epoch + "1x",
                epoch + Long.MAX_VALUE,
                epoch + "9223372036854775808")) {
            try (SubscriptionReader back = SubscriptionReader.of(channel.subscribe(wrong))) {
                assertThat(back.next().event()).as(wrong).contains("gap");
            }
        }
    }

    @Test
    void allSubscribersShareOneFramedEvent() {
        Channel channel = Channels.inMemory().channel("a");
        try (SubscriptionReader one = SubscriptionReader.of(channel.subscribe());
                SubscriptionReader other = SubscriptionReader.of(channel.subscribe())) {
            channel.publish(SseEvent.of("x"));
            SseEvent event = one.next();
            assertThat(event).isInstanceOf(FramedEvent.class).isSameAs(other.next());
            assertThat(event.withEvent("changed")).isNotInstanceOf(FramedEvent.class);
            assertThat(event).isEqualTo(SseEvent.of("x").withId(event.id().orElseThrow()));
            assertThat(SseEvent.of("x").withId(event.id().orElseThrow())).isEqualTo(event);
        }
    }

    @Test
    void publisherWaitsForBlockingSubscriberUntilInterrupted() throws InterruptedException {
        Channel channel = Channels.inMemory().channel("a");
        try (Subscription slow =
                channel.withBuffer(2).withOverflow(Channel.Overflow.BLOCK).subscribe()) {
            publish(channel, 2);
            Thread publisher = Thread.ofPlatform()
                    .start(() -> assertThatThrownBy(() -> channel.publish(SseEvent.of("in vain")))
                            .isInstanceOf(io.flosse.StreamEndedException.class));
            await(() -> publisher.getState() == Thread.State.WAITING);
            publisher.interrupt();
            publisher.join();
            Thread second = Thread.ofPlatform().start(() -> channel.publish(SseEvent.of("3")));
            await(() -> second.getState() == Thread.State.WAITING);
            Iterator<SseEvent> events = slow.iterator();
            assertThat(events.next().data()).isEqualTo("1");
            second.join();
            assertThat(events.next().data()).isEqualTo("2");
            assertThat(events.next().data()).isEqualTo("3");
        }
        publish(channel, 5); // no subscriber blocks the publisher now
    }

    @Test
    void subscriptionOfGeneratorIsClosedWithItsStream() {
        Channel channel = Channels.inMemory().channel("a");
        try (StreamScope scope =
                StreamScope.open(new RefusedCalls(() -> "This test", new RefusedCalls.Warnings(1)), StreamWaits.NONE)) {
            channel.subscribe();
            assertThat(channel.subscribers()).isEqualTo(1);
        }
        assertThat(channel.subscribers()).isZero();
    }

    @Test
    void allSubscriptionsOfGeneratorAreClosedEvenIfOneCloseFails() {
        Channel channel = Channels.inMemory().channel("a");
        Error failure = new StackOverflowError();
        assertThatThrownBy(() -> {
                    try (StreamScope scope = StreamScope.open(
                            new RefusedCalls(() -> "This test", new RefusedCalls.Warnings(1)), StreamWaits.NONE)) {
                        channel.subscribe();
                        scope.add(() -> {
                            throw failure;
                        });
                        for (int i = 0; i < 1_000; i++) {
                            channel.subscribe();
                        }
                    }
                })
                .isSameAs(failure);
        assertThat(channel.subscribers()).isZero();
    }

    @Test
    void invalidOptionsAreRejected() {
        Channels.Builder registry = Channels.builder();
        assertThatThrownBy(() -> registry.historyEvents(-1)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> registry.historyBytes(-1)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> registry.historyAge(Duration.ZERO)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> registry.jobsKept(Duration.ofSeconds(-1)))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> registry.jobBytes(-1)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> Channels.inMemory().channel("a").withBuffer(0))
                .isInstanceOf(IllegalArgumentException.class);
        Channel eternal =
                registry.historyAge(Duration.ofSeconds(Long.MAX_VALUE)).build().channel("a");
        eternal.publish(SseEvent.of("x"));
        assertThat(history(eternal, 1)).hasSize(1);
    }
}
