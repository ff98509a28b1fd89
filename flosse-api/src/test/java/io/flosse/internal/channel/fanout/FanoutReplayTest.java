package io.flosse.internal.channel.fanout;

import static org.assertj.core.api.Assertions.assertThat;

import io.flosse.SseEvent;
import io.flosse.channel.Channel.Overflow;
import io.flosse.contract.SubscriptionReader;
import io.flosse.internal.channel.backend.HistoryBudget;
import io.flosse.internal.channel.backend.Payload;
import io.flosse.internal.channel.backend.Retention;
import io.flosse.internal.channel.backend.SubscriberOptions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Subscribers that replay events from a store before they join the live log. */
class FanoutReplayTest {

    private final Fanout fanout =
            new Fanout(new Retention(0, 0, Duration.ofMinutes(1)), HistoryBudget.unlimited(), () -> {});

    private void append(int from, int to) {
        for (int i = from; i <= to; i++) {
            Payload payload = Payload.ofText(SseEvent.of(Integer.toString(i)));
            fanout.append(payload.event(), position -> payload.framed(Long.toString(position)));
        }
    }

    private static List<Object> numbers(int from, int to) {
        List<Object> numbers = new ArrayList<>();
        for (int i = from; i <= to; i++) {
            numbers.add(Integer.toString(i));
        }
        return numbers;
    }

    /** A store with the events of the log, like Redis: reads up to the current end of the log. */
    private class Store implements StartPosition.Backlog {

        private int given;
        private long goal = 1;

        @Override
        public @Nullable SseEvent next(BooleanSupplier closed) {
            if (given + 1 == goal && fanout.tail() - goal > 1) {
                goal = fanout.tail();
            }
            return given + 1 < goal ? SseEvent.of(Integer.toString(++given)) : null;
        }

        @Override
        public long position() {
            return goal;
        }
    }

    @Test
    void blockingSubscriberDoesNotBlockPublishersDuringReplay() throws InterruptedException {
        SubscriberOptions options = SubscriberOptions.defaults().withBuffer(4).withOverflow(Overflow.BLOCK);
        Subscriber subscriber = fanout.subscribe(options, log -> new StartPosition(log.tail(), null, new Store()))
                .orElseThrow();
        AtomicInteger published = new AtomicInteger();
        Thread publisher = Thread.ofVirtual().start(() -> {
            append(1, 100);
            published.set(100);
        });
        publisher.join(Duration.ofSeconds(SubscriptionReader.TIMEOUT_SECONDS));
        assertThat(published).hasValue(100);
        try (SubscriptionReader reading = SubscriptionReader.of(subscriber)) {
            assertThat(reading.next(100)).extracting(SseEvent::data).isEqualTo(numbers(1, 100));
            // After the subscriber has joined, publishers wait for it.
            append(101, 200);
            assertThat(reading.next(100)).extracting(SseEvent::data).isEqualTo(numbers(101, 200));
        }
    }

    @Test
    void eventsDroppedFromLogDuringReplayAreReadFromTheStore() {
        AtomicBoolean late = new AtomicBoolean();
        StartPosition.Backlog slow = new Store() {
            @Override
            public long position() {
                long position = super.position();
                if (late.compareAndSet(false, true)) {
                    append(1, 100);
                }
                return position;
            }
        };
        SubscriberOptions options = SubscriberOptions.defaults().withBuffer(4).withOverflow(Overflow.BLOCK);
        Subscriber subscriber = fanout.subscribe(options, log -> new StartPosition(log.tail(), null, slow))
                .orElseThrow();
        try (SubscriptionReader reading = SubscriptionReader.of(subscriber)) {
            assertThat(reading.next(100)).extracting(SseEvent::data).isEqualTo(numbers(1, 100));
        }
    }

    @Test
    void conflatingSubscriberClosedDuringReplayIsReleased() throws Exception {
        AtomicInteger offered = new AtomicInteger();
        SubscriberOptions options = SubscriberOptions.defaults().withConflation(event -> offered.incrementAndGet());
        Subscriber subscriber = fanout.subscribe(options, log -> new StartPosition(log.tail(), null, new Store()))
                .orElseThrow();
        subscriber.close();
        // A thread that was about to join when another thread closed the subscription.
        subscriber.join(fanout.tail());
        append(1, 3);
        assertThat(offered).hasValue(0);
    }
}
