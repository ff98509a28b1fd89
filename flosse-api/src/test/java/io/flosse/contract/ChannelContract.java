package io.flosse.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.flosse.SseEvent;
import io.flosse.StreamEndedException;
import io.flosse.channel.Channel;
import io.flosse.channel.Channel.Loss;
import io.flosse.channel.Channel.Overflow;
import io.flosse.channel.ChannelUnavailableException;
import io.flosse.channel.Channels;
import io.flosse.channel.Subscription;
import io.flosse.internal.wire.EventIds;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Tests that every {@link Channels} implementation must pass; each implementation has one subclass. */
public abstract class ChannelContract {

    private final List<Channels> opened = new ArrayList<>();

    /** Returns a channel registry with default settings that no other test uses. */
    protected abstract Channels.Builder newChannels();

    private Channels registry(Channels registry) {
        opened.add(registry);
        return registry;
    }

    private Channel channel() {
        return registry(newChannels().build()).channel("orders");
    }

    @AfterEach
    void closeRegistries() {
        opened.forEach(Channels::close);
    }

    static List<String> texts(List<SseEvent> events) {
        return events.stream().map(event -> String.valueOf(event.data())).toList();
    }

    static List<String> ids(List<SseEvent> events) {
        return events.stream().map(event -> event.id().orElse("none")).toList();
    }

    /** Publishes the numbers from 1. */
    static List<String> publish(Channel channel, int count) {
        List<String> ids = new ArrayList<>();
        for (int i = 1; i <= count; i++) {
            ids.add(channel.publish(SseEvent.of(Integer.toString(i))));
        }
        return ids;
    }

    /** Waits until the published events have arrived at the subscribers of this process. */
    private static void awaitArrival(SubscriptionReader keepsUp, int count) {
        keepsUp.next(count);
    }

    @Test
    void everySubscriberGetsAllEventsInOrderWithTheirPublishedIds() {
        Channel channel = channel();
        try (SubscriptionReader one = SubscriptionReader.of(channel.subscribe());
                SubscriptionReader other = SubscriptionReader.of(channel.subscribe())) {
            List<String> ids = publish(channel, 10);
            List<SseEvent> seen = one.next(10);
            assertThat(ids(seen)).isEqualTo(ids);
            assertThat(texts(seen)).containsExactly("1", "2", "3", "4", "5", "6", "7", "8", "9", "10");
            assertThat(other.next(10)).isEqualTo(seen);
            assertThat(ids).doesNotHaveDuplicates();
            assertThat(seen)
                    .allSatisfy(
                            event -> assertThat(EventIds.requireSendable(event)).isSameAs(event));
        }
    }

    @Test
    void dataArrivesAsWireTextAndKeepsEventAndRetry() {
        Channel channel = channel();
        try (SubscriptionReader reading = SubscriptionReader.of(channel.subscribe())) {
            SseEvent published =
                    SseEvent.of(Map.of("count", 1)).withEvent("update").withRetry(Duration.ofSeconds(3));
            String id = channel.publish(published);
            assertThat(reading.next())
                    .isEqualTo(SseEvent.of("{\"count\":1}")
                            .withEvent("update")
                            .withRetry(Duration.ofSeconds(3))
                            .withId(id));
            channel.publish(SseEvent.of("two\nlines\r\nü\u2028€ 😀\0"));
            assertThat(reading.next().data()).isEqualTo("two\nlines\r\nü\u2028€ 😀\0");
            channel.publish(SseEvent.of("a\uD83D"));
            assertThat(reading.next().data()).isEqualTo("a\uFFFD");
            channel.publish(SseEvent.of(Map.of("token", "a\uD83D")));
            assertThat(reading.next().data()).isEqualTo("{\"token\":\"a\\ud83d\"}");
            channel.publish(SseEvent.of(null));
            assertThat(reading.next().data()).isEqualTo("null");
            channel.publish(SseEvent.of(""));
            assertThat(reading.next().data()).isEqualTo("");
        }
    }

    @Test
    void eventWithOwnIdIsRejected() {
        Channel channel = channel();
        assertThatThrownBy(() -> channel.publish(SseEvent.of("x").withId("mine")))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("mine");
        assertThatThrownBy(() -> channel.publish(SseEvent.of(Double.NaN))).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void eventWithoutDataIsRejected() {
        assertThatThrownBy(() -> channel().publish(SseEvent.ofRetry(Duration.ofSeconds(3))))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("without data");
    }

    @Test
    void objectWithoutJsonEncoderIsRejected() {
        record Order(int number) {}
        assertThatThrownBy(() -> channel().publish(SseEvent.of(new Order(1))))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("Order");
        Channel channel = registry(newChannels()
                        .jsonEncoder(order -> "{\"order\":" + ((Order) order).number() + ",\"token\":\"\uD83D\"}")
                        .build())
                .channel("orders");
        try (SubscriptionReader reading = SubscriptionReader.of(channel.subscribe())) {
            channel.publish(SseEvent.of(List.of(new Order(7))));
            assertThat(reading.next().data()).isEqualTo("[{\"order\":7,\"token\":\"\\ud83d\"}]");
        }
    }

    @Test
    void subscriberWithoutIdGetsHistoryOnlyOnRequest() {
        Channel channel = channel();
        publish(channel, 3);
        try (SubscriptionReader live = SubscriptionReader.of(channel.subscribe());
                SubscriptionReader all =
                        SubscriptionReader.of(channel.withHistory().subscribe())) {
            channel.publish(SseEvent.of("new"));
            assertThat(live.next().data()).isEqualTo("new");
            assertThat(texts(all.next(4))).containsExactly("1", "2", "3", "new");
        }
    }

    @Test
    void reconnectWithinHistoryLosesAndRepeatsNothing() {
        Channel channel = channel();
        List<String> ids = publish(channel, 5);
        try (SubscriptionReader back = SubscriptionReader.of(channel.subscribe(ids.get(1)))) {
            channel.publish(SseEvent.of("new"));
            assertThat(texts(back.next(4))).containsExactly("3", "4", "5", "new");
        }
        try (SubscriptionReader back = SubscriptionReader.of(channel.subscribe(ids.getLast()))) {
            assertThat(back.next().data()).isEqualTo("new");
        }
    }

    @Test
    void emptyLastEventIdIsTreatedAsMissing() {
        Channel channel = channel();
        publish(channel, 3);
        try (SubscriptionReader live = SubscriptionReader.of(channel.subscribe(""))) {
            channel.publish(SseEvent.of("new"));
            assertThat(live.next().data()).isEqualTo("new");
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"nonsense", "flosse:end", "-", "99999999999999999999-1", "*", "$", "+", "\u0000", "1-1\r\nDEL"})
    void unknownIdGetsGapEventAndThenTheWholeHistory(String id) {
        Channel channel = channel();
        List<String> ids = publish(channel, 3);
        try (SubscriptionReader back = SubscriptionReader.of(channel.subscribe(id))) {
            assertThat(back.next())
                    .isEqualTo(SseEvent.of("{\"oldest\":\"" + ids.getFirst() + "\"}")
                            .withEvent("gap"));
            assertThat(texts(back.next(3))).containsExactly("1", "2", "3");
        }
        assertThat(channel.losses().get(Loss.UNKNOWN_ID)).isEqualTo(1);
    }

    @Test
    void idOfAnotherChannelGetsGapEvent() {
        Channels registry = registry(newChannels().build());
        publish(registry.channel("one"), 3);
        String foreign = registry.channel("one").publish(SseEvent.of("4"));
        publish(registry.channel("other"), 1);
        try (SubscriptionReader back =
                SubscriptionReader.of(registry.channel("other").subscribe(foreign))) {
            assertThat(back.next().event()).contains("gap");
        }
    }

    @Test
    void idOlderThanHistoryGetsOneGapEventAndThenTheRest() {
        Channel channel = registry(newChannels().historyEvents(10).build()).channel("orders");
        List<String> ids = publish(channel, 1000);
        try (SubscriptionReader back = SubscriptionReader.of(channel.subscribe(ids.getFirst()))) {
            SseEvent gap = back.next();
            channel.end();
            List<SseEvent> rest = back.untilEnd();
            assertThat(rest).hasSizeBetween(10, 500);
            assertThat(ids(rest)).isEqualTo(ids.subList(1000 - rest.size(), 1000));
            assertThat(gap.event()).contains("gap");
            assertThat(gap.id()).isEmpty();
            assertThat((String) gap.data())
                    .endsWith("\"oldest\":\"" + rest.getFirst().id().orElseThrow() + "\"}");
            if (((String) gap.data()).contains("missed")) {
                assertThat((String) gap.data()).startsWith("{\"missed\":" + (999 - rest.size()) + ",");
            }
        }
    }

    /** Returns a channel with a history of 4096 bytes. */
    private Channel small() {
        return registry(newChannels().historyBytes(4096).build()).channel("orders");
    }

    private static String publishLarge(Channel channel) {
        return channel.publish(SseEvent.of("x".repeat(10_000)));
    }

    private static SseEvent gap(String json) {
        return SseEvent.of(json).withEvent("gap");
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void eventLargerThanTheHistoryRemovesNothingAndLeavesAGap(boolean withLiveSubscribers) {
        Channel channel = small();
        List<SubscriptionReader> live = new ArrayList<>();
        List<Subscription> slow = new ArrayList<>();
        if (withLiveSubscribers) {
            live.add(SubscriptionReader.of(channel.subscribe()));
            slow.add(channel.subscribe());
            slow.add(channel.withConflation(SseEvent::data).subscribe());
        }
        List<String> ids = publish(channel, 20);
        String large = publishLarge(channel);
        String after = channel.publish(SseEvent.of("after"));
        for (SubscriptionReader reader : live) {
            List<SseEvent> events = reader.next(22);
            assertThat(events.get(20).id()).contains(large);
            assertThat((String) events.get(20).data()).hasSize(10_000);
            assertThat(events.get(21).id()).contains(after);
        }
        SseEvent gap = gap("{\"missed\":1,\"oldest\":\"" + after + "\"}");

        try (SubscriptionReader all =
                        SubscriptionReader.of(channel.withHistory().subscribe());
                SubscriptionReader conflated = SubscriptionReader.of(
                        channel.withConflation(SseEvent::data).withHistory().subscribe())) {
            for (SubscriptionReader newcomer : List.of(all, conflated)) {
                assertThat(ids(newcomer.next(20))).isEqualTo(ids);
                assertThat(newcomer.next()).isEqualTo(gap);
                assertThat(newcomer.next().id()).contains(after);
            }
        }
        try (SubscriptionReader back = SubscriptionReader.of(channel.subscribe(ids.get(4)))) {
            assertThat(ids(back.next(15))).isEqualTo(ids.subList(5, 20));
            assertThat(back.next()).isEqualTo(gap);
            assertThat(back.next().id()).contains(after);
        }
        try (SubscriptionReader filtered =
                SubscriptionReader.of(channel.withFilter(event -> true).subscribe(ids.getLast()))) {
            assertThat(filtered.next()).isEqualTo(gap("{\"oldest\":\"" + after + "\"}"));
            assertThat(filtered.next().id()).contains(after);
        }
        long lost = channel.losses().get(Loss.TRIMMED);
        assertThat(lost).isEqualTo(4);
        try (SubscriptionReader back = SubscriptionReader.of(channel.subscribe(large))) {
            assertThat(back.next().id()).contains(after);
        }
        assertThat(channel.losses().get(Loss.TRIMMED)).isEqualTo(lost);

        // Those who subscribed before get the event, however late they read it.
        for (Subscription subscription : slow) {
            Iterator<SseEvent> events = subscription.iterator();
            List<SseEvent> read = new ArrayList<>();
            while (read.size() < 22) {
                read.add(events.next());
            }
            assertThat(ids(read.subList(0, 20))).isEqualTo(ids);
            assertThat((String) read.get(20).data()).hasSize(10_000);
            assertThat(read.get(21).id()).contains(after);
            subscription.close();
        }
        live.forEach(SubscriptionReader::close);
        assertThat(channel.losses()).containsEntry(Loss.DROPPED, 0L).containsEntry(Loss.UNKNOWN_ID, 0L);
    }

    @Test
    void severalLargeEventsAreOneGap() {
        Channel channel = small();
        publishLarge(channel);
        publishLarge(channel);
        String first = channel.publish(SseEvent.of("1"));
        publishLarge(channel);
        publishLarge(channel);
        publishLarge(channel);
        try (SubscriptionReader all =
                        SubscriptionReader.of(channel.withHistory().subscribe());
                SubscriptionReader unknown = SubscriptionReader.of(channel.subscribe("unknown"))) {
            assertThat(all.next()).isEqualTo(gap("{\"missed\":2,\"oldest\":\"" + first + "\"}"));
            assertThat(unknown.next()).isEqualTo(gap("{\"oldest\":\"" + first + "\"}"));
            for (SubscriptionReader reader : List.of(all, unknown)) {
                assertThat(reader.next().id()).contains(first);
                assertThat(reader.next()).isEqualTo(gap("{\"missed\":3}"));
            }
            String last = channel.publish(SseEvent.of("last"));
            assertThat(all.next().id()).contains(last);
            assertThat(unknown.next().id()).contains(last);
        }
    }

    @Test
    void largeEventsInARowReachTheSubscribersOfTheirTime() {
        Channel channel = small();
        try (SubscriptionReader live = SubscriptionReader.of(channel.subscribe())) {
            for (int i = 0; i < 5; i++) {
                String large = publishLarge(channel);
                SseEvent event = live.next();
                assertThat(event.id()).contains(large);
                assertThat((String) event.data()).hasSize(10_000);
            }
            channel.publish(SseEvent.of("after"));
            assertThat(live.next().data()).isEqualTo("after");
        }
    }

    @Test
    void historyIsTrimmedAroundLargeEvents() {
        Channel channel = registry(
                        newChannels().historyBytes(4096).historyEvents(10).build())
                .channel("orders");
        List<String> ids = new ArrayList<>();
        for (int i = 0; i < 30; i++) {
            ids.add(i % 3 == 1 ? publishLarge(channel) : channel.publish(SseEvent.of(i)));
        }
        // The last ten are those from the index 20 on; the one at 22 is large.
        try (SubscriptionReader back = SubscriptionReader.of(channel.subscribe(ids.getFirst()))) {
            SseEvent gap = back.next();
            assertThat((String) gap.data()).isEqualTo("{\"missed\":19,\"oldest\":\"" + ids.get(20) + "\"}");
            assertThat(ids(back.next(3))).containsExactly(ids.get(20), ids.get(21), "none");
        }
    }

    @Test
    void filterPassesOnlyMatchingEvents() {
        Channel channel = channel().withFilter(event -> Integer.parseInt((String) event.data()) % 2 == 0);
        try (SubscriptionReader even = SubscriptionReader.of(channel.subscribe())) {
            publish(channel, 6);
            assertThat(texts(even.next(3))).containsExactly("2", "4", "6");
        }
    }

    @Test
    void dropOldestReportsTheNumberOfDroppedEvents() {
        Channel channel = channel();
        try (SubscriptionReader keepsUp = SubscriptionReader.of(channel.subscribe());
                Subscription slow =
                        channel.withBuffer(4).withOverflow(Overflow.DROP_OLDEST).subscribe()) {
            List<String> ids = publish(channel, 10);
            awaitArrival(keepsUp, 10);
            Iterator<SseEvent> events = slow.iterator();
            assertThat(events.next())
                    .isEqualTo(SseEvent.of("{\"missed\":6,\"oldest\":\"" + ids.get(6) + "\"}")
                            .withEvent("gap"));
            for (String text : List.of("7", "8", "9", "10")) {
                assertThat(events.next().data()).isEqualTo(text);
            }
            channel.publish(SseEvent.of("11"));
            assertThat(events.next().data()).isEqualTo("11");
        }
        assertThat(channel.losses()).containsEntry(Loss.DROPPED, 6L).containsEntry(Loss.DISCONNECTED, 0L);
    }

    @Test
    void gapBehindFilterHasNoCount() {
        Channel channel = channel();
        try (SubscriptionReader keepsUp = SubscriptionReader.of(channel.subscribe());
                Subscription slow = channel.withBuffer(2)
                        .withOverflow(Overflow.DROP_OLDEST)
                        .withFilter(event -> true)
                        .subscribe()) {
            List<String> ids = publish(channel, 5);
            awaitArrival(keepsUp, 5);
            assertThat(slow.iterator().next().data()).isEqualTo("{\"oldest\":\"" + ids.get(3) + "\"}");
        }
    }

    @Test
    void disconnectedSlowConsumerLosesNothingAfterReconnect() {
        Channel channel = channel();
        try (SubscriptionReader keepsUp = SubscriptionReader.of(channel.subscribe());
                Subscription slow = channel.withBuffer(4).subscribe()) {
            List<String> ids = publish(channel, 4);
            assertThat(slow.iterator().next().data()).isEqualTo("1");
            publish(channel, 6);
            awaitArrival(keepsUp, 10);
            assertThatThrownBy(() -> slow.iterator().hasNext()).isInstanceOf(StreamEndedException.class);
            try (SubscriptionReader back = SubscriptionReader.of(channel.subscribe(ids.getFirst()))) {
                assertThat(texts(back.next(9))).containsExactly("2", "3", "4", "1", "2", "3", "4", "5", "6");
            }
        }
        assertThat(channel.losses()).containsEntry(Loss.DISCONNECTED, 1L).containsEntry(Loss.DROPPED, 0L);
    }

    @Test
    void blockOverflowLosesNothingForSlowSubscriber() throws InterruptedException {
        Channel channel = channel();
        try (Subscription slow =
                channel.withBuffer(2).withOverflow(Overflow.BLOCK).subscribe()) {
            Thread publisher = Thread.ofVirtual().start(() -> publish(channel, 200));
            Iterator<SseEvent> events = slow.iterator();
            for (int i = 1; i <= 200; i++) {
                assertThat(events.next().data()).isEqualTo(Integer.toString(i));
            }
            publisher.join();
        }
    }

    @Test
    void conflationKeepsTheLatestEventOfEachKeyInIdOrder() {
        Channel channel = channel();
        try (SubscriptionReader keepsUp = SubscriptionReader.of(channel.subscribe());
                Subscription slow = channel.withConflation(SseEvent::event).subscribe()) {
            channel.publish(SseEvent.of("1").withEvent("a"));
            channel.publish(SseEvent.of("2").withEvent("b"));
            channel.publish(SseEvent.of("3").withEvent("c"));
            channel.publish(SseEvent.of("4").withEvent("a"));
            channel.publish(SseEvent.of("5").withEvent("c"));
            awaitArrival(keepsUp, 5);
            Iterator<SseEvent> events = slow.iterator();
            assertThat(texts(List.of(events.next(), events.next(), events.next())))
                    .containsExactly("2", "4", "5");
        }
        assertThat(channel.losses()).containsEntry(Loss.CONFLATED, 2L).containsEntry(Loss.DROPPED, 0L);
    }

    @Test
    void conflationWithMoreKeysThanBufferCapacityReportsGap() {
        Channel channel = channel();
        try (SubscriptionReader keepsUp = SubscriptionReader.of(channel.subscribe());
                Subscription slow =
                        channel.withConflation(SseEvent::data).withBuffer(3).subscribe()) {
            List<String> ids = publish(channel, 5);
            awaitArrival(keepsUp, 5);
            Iterator<SseEvent> events = slow.iterator();
            assertThat(events.next().data()).isEqualTo("{\"missed\":2,\"oldest\":\"" + ids.get(2) + "\"}");
            assertThat(events.next().data()).isEqualTo("3");
        }
    }

    @Test
    void exceptionOfConflationKeyEndsOnlyItsSubscription() {
        Channel channel = channel();
        try (SubscriptionReader keepsUp = SubscriptionReader.of(channel.subscribe());
                SubscriptionReader failing = SubscriptionReader.of(channel.withConflation(event -> {
                            throw new UnsupportedOperationException("no key");
                        })
                        .subscribe())) {
            publish(channel, 2);
            assertThat(failing.thrown()).isInstanceOf(UnsupportedOperationException.class);
            assertThat(texts(keepsUp.next(2))).containsExactly("1", "2");
        }
    }

    @Test
    void errorOfConflationKeyEndsOnlyItsSubscription() {
        Channel channel = channel();
        try (SubscriptionReader keepsUp = SubscriptionReader.of(channel.subscribe());
                SubscriptionReader failing = SubscriptionReader.of(channel.withConflation(event -> {
                            throw new StackOverflowError("no key");
                        })
                        .subscribe())) {
            publish(channel, 2);
            assertThat(failing.thrown()).isInstanceOf(StackOverflowError.class);
            assertThat(texts(keepsUp.next(2))).containsExactly("1", "2");
        }
    }

    /** A user's function of a conflated subscription, which does to the channel what it likes. */
    enum Place {
        FILTER,
        KEY;

        Channel of(Channel channel, Consumer<SseEvent> action) {
            return switch (this) {
                case FILTER ->
                    channel.withConflation(SseEvent::event).withFilter(event -> {
                        action.accept(event);
                        return true;
                    });
                case KEY ->
                    channel.withConflation(event -> {
                        action.accept(event);
                        return event.event();
                    });
            };
        }
    }

    @ParameterizedTest
    @EnumSource
    void functionOfAConflatedSubscriptionMayCloseIt(Place place) {
        Channel channel = channel();
        AtomicReference<Subscription> own = new AtomicReference<>();
        try (SubscriptionReader keepsUp = SubscriptionReader.of(channel.subscribe());
                Subscription other = channel.withConflation(SseEvent::event).subscribe()) {
            own.set(place.of(channel, event -> own.get().close()).subscribe());

            List<String> ids = publish(channel, 3);

            assertThat(texts(keepsUp.next(3))).containsExactly("1", "2", "3");
            assertThat(other.iterator().next().id()).hasValue(ids.get(2));
            assertThat(own.get().iterator().hasNext()).isFalse();
        }
        assertThat(channel.subscribers()).isZero();
    }

    @ParameterizedTest
    @EnumSource
    void functionOfAConflatedSubscriptionMaySubscribeAndPublish(Place place) {
        Channel channel = channel();
        List<Subscription> more = new CopyOnWriteArrayList<>();
        try (SubscriptionReader keepsUp = SubscriptionReader.of(channel.subscribe());
                Subscription own = place.of(channel, event -> {
                            if (more.isEmpty()) {
                                more.add(channel.withConflation(SseEvent::event).subscribe());
                                channel.publish(SseEvent.of("from the function").withEvent("b"));
                            }
                        })
                        .subscribe()) {
            channel.publish(SseEvent.of("1").withEvent("a"));
            channel.publish(SseEvent.of("2").withEvent("a"));

            assertThat(texts(keepsUp.next(3))).containsExactlyInAnyOrder("from the function", "1", "2");
            Iterator<SseEvent> events = own.iterator();
            assertThat(texts(List.of(events.next(), events.next())))
                    .containsExactlyInAnyOrder("from the function", "2");
        } finally {
            more.forEach(Subscription::close);
        }
    }

    @ParameterizedTest
    @EnumSource
    void conflationKeepsOrderAndTheLatestOfEachKeyOfManyPublishers(Place place) throws Exception {
        Channel channel = channel();
        int publishers = 4;
        int events = 50;
        try (SubscriptionReader keepsUp = SubscriptionReader.of(
                        channel.withBuffer(publishers * events).subscribe());
                Subscription own =
                        place.of(channel, event -> Thread.onSpinWait()).subscribe()) {
            List<Thread> threads = new ArrayList<>();
            for (int p = 0; p < publishers; p++) {
                String key = "publisher" + p;
                threads.add(Thread.ofVirtual().start(() -> {
                    for (int i = 1; i <= events; i++) {
                        channel.publish(SseEvent.of(Integer.toString(i)).withEvent(key));
                    }
                }));
            }
            for (Thread thread : threads) {
                thread.join();
            }
            assertLatestOfEachKeyInOrder(own, keepsUp.next(publishers * events));
        }
    }

    /** Reads a conflated subscription until it has the last of all events, and compares it with all of them. */
    private static void assertLatestOfEachKeyInOrder(Subscription conflated, List<SseEvent> all) {
        List<String> order = all.stream().map(event -> event.id().orElseThrow()).toList();
        Map<Object, String> latest = new HashMap<>();
        all.forEach(event -> latest.put(event.event().orElseThrow(), event.id().orElseThrow()));
        Iterator<SseEvent> events = conflated.iterator();
        List<SseEvent> got = new ArrayList<>();
        Map<Object, String> gotLatest = new HashMap<>();
        while (!gotLatest.equals(latest)) {
            SseEvent event = events.next();
            got.add(event);
            gotLatest.put(event.event().orElseThrow(), event.id().orElseThrow());
        }
        assertThat(got)
                .extracting(event -> order.indexOf(event.id().orElseThrow()))
                .isSorted();
    }

    @ParameterizedTest
    @EnumSource
    void conflatedSubscriptionTakesOverTheHistoryWhileEventsArePublished(Place place) throws Exception {
        Channel channel = channel();
        int old = 100;
        int fresh = 200;
        try (SubscriptionReader keepsUp =
                SubscriptionReader.of(channel.withBuffer(old + fresh).subscribe())) {
            for (int i = 0; i < old; i++) {
                channel.publish(SseEvent.of(Integer.toString(i)).withEvent("key" + i % 7));
            }
            AtomicInteger seen = new AtomicInteger();
            CountDownLatch half = new CountDownLatch(1);
            Thread publisher = Thread.ofVirtual().start(() -> {
                for (int i = 0; i < fresh; i++) {
                    channel.publish(SseEvent.of(Integer.toString(i)).withEvent("key" + i % 9));
                    if (i == fresh / 2) {
                        half.countDown();
                    }
                }
            });
            Channel slow = place.of(channel, event -> {
                if (seen.incrementAndGet() == old / 2) {
                    await(half);
                }
            });
            try (Subscription own = slow.withHistory().subscribe()) {
                publisher.join();
                assertLatestOfEachKeyInOrder(own, keepsUp.next(old + fresh));
            }
        }
        assertThat(channel.losses()).containsEntry(Loss.DROPPED, 0L);
    }

    private static void await(CountDownLatch latch) {
        try {
            assertThat(latch.await(SubscriptionReader.TIMEOUT_SECONDS, TimeUnit.SECONDS))
                    .isTrue();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    @ParameterizedTest
    @EnumSource
    void functionThatBlocksDelaysNoOtherPublisher(Place place) throws Exception {
        Channel channel = channel();
        CountDownLatch entered = new CountDownLatch(1);
        CountDownLatch released = new CountDownLatch(1);
        Channel blocking = place.of(channel, event -> {
            if ("slow".equals(event.data())) {
                entered.countDown();
                await(released);
            }
        });
        try (SubscriptionReader keepsUp = SubscriptionReader.of(channel.subscribe());
                Subscription own = blocking.subscribe()) {
            Thread slow = Thread.ofVirtual().start(() -> channel.publish(SseEvent.of("slow")));
            await(entered);

            channel.publish(SseEvent.of("fast"));

            released.countDown();
            slow.join();
            assertThat(texts(keepsUp.next(2))).containsExactlyInAnyOrder("slow", "fast");
            assertThat(own.iterator().hasNext()).isTrue();
        }
    }

    /** A key whose hash cannot be computed. */
    private record BrokenKey(String name) {
        @Override
        public int hashCode() {
            throw new UnsupportedOperationException("no hash of " + name);
        }
    }

    @Test
    void keyWithoutHashEndsItsSubscriptionOnly() {
        Channel channel = channel();
        publish(channel, 2);
        Channel broken = channel.withConflation(event -> new BrokenKey("key"));
        try (SubscriptionReader keepsUp = SubscriptionReader.of(channel.subscribe());
                SubscriptionReader live = SubscriptionReader.of(broken.subscribe());
                Subscription replay = broken.withHistory().subscribe()) {
            publish(channel, 2);
            assertThat(live.thrown()).isInstanceOf(UnsupportedOperationException.class);
            // A store may replay its history before the key function is used.
            assertThatThrownBy(() -> replay.forEach(event -> {})).isInstanceOf(UnsupportedOperationException.class);
            assertThat(texts(keepsUp.next(2))).containsExactly("1", "2");
            channel.end();
            assertThat(keepsUp.untilEnd()).isEmpty();
        }
    }

    @Test
    void endOfChannelComesAfterAllPublishedEvents() {
        Channel channel = channel();
        try (SubscriptionReader early = SubscriptionReader.of(channel.subscribe())) {
            List<String> ids = publish(channel, 3);
            channel.end();
            channel.end();
            assertThat(texts(early.untilEnd())).containsExactly("1", "2", "3");
            assertThat(texts(SubscriptionReader.of(channel.subscribe(ids.getFirst()))
                            .untilEnd()))
                    .containsExactly("2", "3");
            assertThat(SubscriptionReader.of(channel.subscribe(ids.getLast())).untilEnd())
                    .isEmpty();
        }
        assertThatThrownBy(() -> channel.publish(SseEvent.of("late"))).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void closedSubscriptionEndsItsIteratorAndIsNotCounted() {
        Channel channel = channel();
        assertThat(channel.subscribers()).isZero();
        SubscriptionReader one = SubscriptionReader.of(channel.subscribe());
        SubscriptionReader other = SubscriptionReader.of(channel.subscribe());
        assertThat(channel.subscribers()).isEqualTo(2);
        one.close();
        assertThat(one.untilEnd()).isEmpty();
        assertThat(channel.subscribers()).isEqualTo(1);
        other.close();
        other.close();
        assertThat(channel.subscribers()).isZero();
    }

    @Test
    void interruptEndsTheWaitForEventsAndStaysSet() throws InterruptedException {
        Channel channel = channel();
        AtomicBoolean flag = new AtomicBoolean();
        CountDownLatch done = new CountDownLatch(1);
        try (Subscription subscription = channel.subscribe()) {
            Thread thread = Thread.ofVirtual().start(() -> {
                try {
                    subscription.iterator().next();
                } catch (StreamEndedException expected) {
                    flag.set(Thread.currentThread().isInterrupted());
                }
                done.countDown();
            });
            thread.interrupt();
            assertThat(done.await(SubscriptionReader.TIMEOUT_SECONDS, TimeUnit.SECONDS))
                    .isTrue();
            assertThat(flag).isTrue();
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "", " ", "a b", "a/b", "../a", "job/x", "a\nb", "a\rb", "a\0b", "{a}b", "a*", "a?", "[a]", "é",
                "a\u2028", "a,b", "a;b", "a%2Fb", "<a>", "\"a\"", "a\\b", "０"
            })
    void channelNameWithSpecialCharactersIsRejected(String name) {
        Channels registry = registry(newChannels().build());
        assertThatThrownBy(() -> registry.channel(name)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> registry.start(name, sink -> {})).isInstanceOf(IllegalArgumentException.class);
        assertThat(registry.job(name)).isEmpty();
        assertThat(registry.cancel(name)).isFalse();
    }

    @Test
    void channelNameHasAtMost128Characters() {
        Channels registry = registry(newChannels().build());
        assertThat(registry.channel("a".repeat(128)).publish(SseEvent.of(1))).isNotEmpty();
        assertThat(registry.channel("A.z_0:9-").publish(SseEvent.of(1))).isNotEmpty();
        assertThatThrownBy(() -> registry.channel("a".repeat(129))).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void closedRegistryEndsItsSubscriptionsAndRejectsNewEvents() {
        Channels registry = newChannels().build();
        Channel channel = registry.channel("orders");
        SubscriptionReader reading = SubscriptionReader.of(channel.subscribe());
        registry.close();
        assertThat(reading.thrown()).isInstanceOf(StreamEndedException.class);
        assertThatThrownBy(() -> channel.publish(SseEvent.of(1))).isInstanceOf(ChannelUnavailableException.class);
        assertThatThrownBy(channel::subscribe).isInstanceOf(ChannelUnavailableException.class);
        registry.close();
    }
}
