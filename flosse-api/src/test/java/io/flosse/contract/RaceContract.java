package io.flosse.contract;

import static org.assertj.core.api.Assertions.assertThat;

import io.flosse.SseEvent;
import io.flosse.channel.Channel;
import io.flosse.channel.Channel.Overflow;
import io.flosse.channel.Channels;
import io.flosse.channel.Subscription;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/**
 * Concurrent publishers and subscribers that join, leave and reconnect. Compares the events of each subscriber with those of a
 * reference subscriber.
 */
public abstract class RaceContract {

    private static final int PUBLISHERS = 8;
    private static final int EVENTS_EACH = 12;

    /** Returns a channel registry that no other test uses. */
    protected abstract Channels.Builder newChannels();

    /** Returns the number of rounds. */
    protected abstract int rounds();

    @Test
    void everySubscriberSeesExactlyTheEventsAfterItsStart() throws Exception {
        long seed = Long.getLong("flosse.seed", System.nanoTime());
        System.out.println("race of publishers and subscribers: seed " + seed);
        Random random = new Random(seed);
        try (Channels registry = newChannels().build();
                ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int round = 0; round < rounds(); round++) {
                new Round(registry.channel("round-" + round), threads, random).run();
            }
        }
    }

    /** Publishes the next event right after the last one was received: the subscriber may be between its check and its wait. */
    @Test
    void subscriberIsAlwaysWokenByNewEvent() {
        try (Channels registry = newChannels().build();
                SubscriptionReader reading =
                        SubscriptionReader.of(registry.channel("ping").subscribe())) {
            Channel channel = registry.channel("ping");
            for (int i = 0; i < 20 * rounds(); i++) {
                String id = channel.publish(SseEvent.of(i));
                assertThat(reading.next().id()).contains(id);
            }
        }
    }

    /** One channel, from its first event to its end. */
    @SuppressWarnings("ThreadPriorityCheck") // a yield mixes the threads, nothing waits for it
    private static final class Round {

        private final Channel channel;
        private final ExecutorService threads;
        private final Random random;

        /** Id of an event that the late subscriber itself published. */
        private final CompletableFuture<String> marked = new CompletableFuture<>();

        Round(Channel channel, ExecutorService threads, Random random) {
            this.channel = channel;
            this.threads = threads;
            this.random = random;
        }

        void run() throws Exception {
            try (SubscriptionReader witness = SubscriptionReader.of(channel.subscribe())) {
                String first = channel.publish(SseEvent.of("first"));
                List<Future<?>> publishers = new ArrayList<>();
                for (int i = 0; i < PUBLISHERS; i++) {
                    int pause = random.nextInt(3);
                    publishers.add(threads.submit(() -> publish(pause)));
                }
                Future<List<String>> late = threads.submit(() -> subscribeLate());
                Future<List<String>> steady = threads.submit(() -> read(channel.subscribe(first)));
                long seed = random.nextLong();
                Future<List<String>> reconnecting = threads.submit(() -> readWithReconnects(first, new Random(seed)));
                Future<long[]> dropping = threads.submit(() -> countEventsAndGaps(first));
                for (Future<?> publisher : publishers) {
                    publisher.get(SubscriptionReader.TIMEOUT_SECONDS, TimeUnit.SECONDS);
                }
                channel.publish(SseEvent.of("last"));
                String mark = get(marked);
                channel.end();
                List<String> all = ChannelContract.ids(witness.untilEnd());
                assertThat(all).hasSize(PUBLISHERS * EVENTS_EACH + 3).doesNotHaveDuplicates();
                assertThat(get(steady)).isEqualTo(all.subList(1, all.size()));
                assertThat(get(reconnecting)).isEqualTo(all.subList(1, all.size()));
                List<String> seenLate = get(late);
                assertThat(seenLate).isEqualTo(all.subList(all.size() - seenLate.size(), all.size()));
                assertThat(seenLate).contains(mark);
                long[] counts = get(dropping);
                assertThat(counts[0] + counts[1]).isEqualTo(all.size() - 1);
            }
        }

        private static <T> T get(Future<T> future) throws Exception {
            return future.get(SubscriptionReader.TIMEOUT_SECONDS, TimeUnit.SECONDS);
        }

        private void publish(int pause) {
            for (int i = 0; i < EVENTS_EACH; i++) {
                channel.publish(SseEvent.of(i));
                for (int yields = 0; yields < pause; yields++) {
                    Thread.yield();
                }
            }
        }

        /** Subscribes without an id; must see every event that is published after the subscription. */
        private List<String> subscribeLate() {
            Subscription subscription = channel.subscribe();
            marked.complete(channel.publish(SseEvent.of("mark")));
            return read(subscription);
        }

        private static List<String> read(Subscription subscription) {
            List<String> ids = new ArrayList<>();
            try (subscription) {
                for (SseEvent event : subscription) {
                    ids.add(event.id().orElse("gap"));
                }
            }
            return ids;
        }

        /** Closes the subscription after a few events and resubscribes with the last id that it received. */
        private List<String> readWithReconnects(String from, Random chance) {
            List<String> ids = new ArrayList<>();
            String last = from;
            while (true) {
                int most = 1 + chance.nextInt(20);
                int seen = 0;
                try (Subscription subscription = channel.subscribe(last)) {
                    for (SseEvent event : subscription) {
                        last = event.id().orElse("gap");
                        ids.add(last);
                        if (++seen == most) {
                            break;
                        }
                    }
                }
                if (seen < most) {
                    return ids;
                }
            }
        }

        /**
         * Reads with a small buffer; returns the number of received events and the number of missed events that the gaps report.
         */
        private long[] countEventsAndGaps(String from) {
            long[] counts = new long[2];
            Channel small = channel.withBuffer(2).withOverflow(Overflow.DROP_OLDEST);
            try (Subscription subscription = small.subscribe(from)) {
                for (SseEvent event : subscription) {
                    if (event.id().isPresent()) {
                        counts[0]++;
                    } else {
                        String missed = ((String) event.data()).replaceAll("\\{\"missed\":(\\d+),.*", "$1");
                        counts[1] += Long.parseLong(missed);
                    }
                    Thread.yield();
                }
            }
            return counts;
        }
    }
}
