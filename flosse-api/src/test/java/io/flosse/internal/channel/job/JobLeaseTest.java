package io.flosse.internal.channel.job;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.flosse.SseEvent;
import io.flosse.channel.Channel.Loss;
import io.flosse.channel.ChannelUnavailableException;
import io.flosse.channel.Channels;
import io.flosse.channel.Subscription;
import io.flosse.contract.SubscriptionReader;
import io.flosse.internal.channel.ChannelsBuilder;
import io.flosse.internal.channel.ChannelsRuntime;
import io.flosse.internal.channel.OpenChannels;
import io.flosse.internal.channel.backend.ChannelBackend;
import io.flosse.internal.channel.backend.ChannelSettings;
import io.flosse.internal.channel.backend.JobStore;
import io.flosse.internal.channel.backend.Payload;
import io.flosse.internal.channel.backend.SubscriberOptions;
import io.flosse.internal.channel.memory.MemoryBackend;
import io.flosse.internal.channel.memory.MemoryJobStore;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/**
 * Jobs in a store that several machines share: two channel registries use one memory backend, and the test lets leases expire.
 */
class JobLeaseTest {

    private final Shared shared = new Shared();
    private final Channels here = new ChannelsBuilder(settings -> shared, new OpenChannels())
            .jobsKept(Duration.ofMillis(200))
            .build();
    private final Channels there = new ChannelsBuilder(settings -> shared, new OpenChannels())
            .jobsKept(Duration.ofMillis(200))
            .build();

    @Test
    void jobIsReadAndCancelledFromAnotherMachine() throws InterruptedException {
        CountDownLatch interrupted = new CountDownLatch(1);
        here.start("far", sink -> {
            sink.yield("one");
            try {
                Thread.sleep(Duration.ofDays(1));
            } finally {
                interrupted.countDown();
            }
        });
        SubscriptionReader reading =
                SubscriptionReader.of(there.job("far").orElseThrow().subscribe());
        assertThat(reading.next().data()).isEqualTo("one");
        assertThat(there.cancel("far")).isTrue();
        assertThat(reading.untilEnd()).extracting(SseEvent::data).containsExactly("{\"error\":\"cancelled\"}");
        // The machine of the job detects the cancellation when it renews the lease.
        assertThat(interrupted.await(SubscriptionReader.TIMEOUT_SECONDS, TimeUnit.SECONDS))
                .isTrue();
    }

    @Test
    void waitingSubscriberGetsLostErrorWhenTheMachineOfJobDies() {
        CountDownLatch never = new CountDownLatch(1);
        here.start("dead", sink -> {
            sink.yield("one");
            never.await();
        });
        SubscriptionReader reading =
                SubscriptionReader.of(there.job("dead").orElseThrow().subscribe());
        assertThat(reading.next().data()).isEqualTo("one");
        shared.lapsed.add("dead");
        List<SseEvent> rest = reading.untilEnd();
        assertThat(rest).extracting(SseEvent::data).containsExactly("{\"error\":\"lost\"}");
        assertThat(rest.getFirst().event()).contains("error");
    }

    @Test
    void newSubscribersGetLostErrorAfterTheMachineOfJobDied() {
        CountDownLatch never = new CountDownLatch(1);
        here.start("dead", sink -> never.await());
        shared.lapsed.add("dead");
        for (Channels machine : List.of(here, there)) {
            assertThat(SubscriptionReader.of(machine.job("dead").orElseThrow().subscribe())
                            .untilEnd())
                    .extracting(SseEvent::data)
                    .containsExactly("{\"error\":\"lost\"}");
        }
        assertThat(there.cancel("dead")).isFalse();
    }

    @Test
    void jobForgottenByStoreIsStoppedWhenItIsStartedAgain() throws InterruptedException {
        CountDownLatch interrupted = new CountDownLatch(1);
        CountDownLatch never = new CountDownLatch(1);
        here.start("again", sink -> {
            try {
                never.await();
            } finally {
                interrupted.countDown();
            }
        });
        shared.forgotten.add("again");
        assertThat(here.start("again", sink -> never.await())).isTrue();
        assertThat(interrupted.await(SubscriptionReader.TIMEOUT_SECONDS, TimeUnit.SECONDS))
                .isTrue();
    }

    @Test
    void leasesAreRenewedConcurrently() throws InterruptedException {
        CountDownLatch together = new CountDownLatch(20);
        shared.renewals = together;
        CountDownLatch never = new CountDownLatch(1);
        ChannelsRuntime running = new ChannelsRuntime(shared, ChannelSettings.defaults());
        for (int i = 0; i < 20; i++) {
            running.jobs().start("job" + i, sink -> never.await());
        }
        Thread round = Thread.ofVirtual().start(() -> running.jobs().round());
        assertThat(together.await(SubscriptionReader.TIMEOUT_SECONDS, TimeUnit.SECONDS))
                .isTrue();
        round.join();
        running.jobs().close();
    }

    @Test
    void closeStopsAllJobsAndCallsUnreachableStoreOnce() throws InterruptedException {
        CountDownLatch interrupted = new CountDownLatch(3);
        CountDownLatch never = new CountDownLatch(1);
        for (String id : List.of("one", "two", "three")) {
            here.start(id, sink -> {
                try {
                    never.await();
                } finally {
                    interrupted.countDown();
                }
            });
        }
        shared.unreachable = true;
        here.close();
        assertThat(interrupted.await(SubscriptionReader.TIMEOUT_SECONDS, TimeUnit.SECONDS))
                .isTrue();
        assertThat(shared.callsWhileUnreachable).hasValue(1);
    }

    @Test
    void jobStartedDuringCloseDoesNotRunAndIsCancelled() {
        MemoryBackend memory = new MemoryBackend(ChannelSettings.defaults());
        ChannelsRuntime running = new ChannelsRuntime(memory, ChannelSettings.defaults());
        running.jobs().close(); // before start() claims the job
        AtomicInteger runs = new AtomicInteger();
        assertThatThrownBy(() -> running.jobs().start("late", sink -> runs.incrementAndGet()))
                .isInstanceOf(ChannelUnavailableException.class);
        assertThat(memory.jobStore().status("late")).isEqualTo(JobStore.Status.ENDED);
        assertThat(runs).hasValue(0);
        running.close();
        assertThatThrownBy(() -> memory.subscribe("late", SubscriberOptions.defaults(), Optional.empty()))
                .isInstanceOf(ChannelUnavailableException.class);
    }

    /** A new job with the id of a forgotten one must not find the old channel, which has ended. */
    @Test
    void channelOfJobIsRemovedBeforeTheJob() {
        ConcurrentHashMap<String, JobStore.Status> seen = new ConcurrentHashMap<>();
        MemoryJobStore jobStore = new MemoryJobStore(Duration.ofNanos(1), id -> {}, (id, last) -> {});
        jobStore.claim("short");
        jobStore.end("short", Optional.empty());
        jobStore.forget(id -> seen.put(id, jobStore.status(id)));
        assertThat(seen).containsOnly(Map.entry("short", JobStore.Status.ENDED));
        assertThat(jobStore.claim("short")).isTrue();
    }

    @Test
    void countersDoNotOpenTheStore() {
        AtomicInteger opened = new AtomicInteger();
        Channels counted = new ChannelsBuilder(
                        settings -> {
                            opened.incrementAndGet();
                            return shared;
                        },
                        new OpenChannels())
                .build();
        assertThat(counted.channel("orders").subscribers()).isZero();
        assertThat(counted.channel("orders").losses())
                .hasSize(Loss.values().length)
                .containsEntry(Loss.DROPPED, 0L);
        assertThat(opened).hasValue(0);
    }

    /** A memory backend that several channel registries share. */
    private static final class Shared implements ChannelBackend {

        final Set<String> lapsed = ConcurrentHashMap.newKeySet();
        final Set<String> forgotten = ConcurrentHashMap.newKeySet();
        final AtomicInteger callsWhileUnreachable = new AtomicInteger();
        volatile CountDownLatch renewals = new CountDownLatch(0);
        volatile boolean unreachable;
        private final MemoryBackend memory = new MemoryBackend(ChannelSettings.defaults());
        private final JobStore jobStore = new JobStore() {
            @Override
            public boolean claim(String id) {
                return forgotten.remove(id) || memory.jobStore().claim(id);
            }

            @Override
            public boolean renew(String id) {
                renewals.countDown();
                if (!allAtOnce()) {
                    return false;
                }
                return !lapsed.contains(id) && memory.jobStore().renew(id);
            }

            @Override
            public boolean end(String id, Optional<Payload> last) {
                if (unreachable) {
                    callsWhileUnreachable.incrementAndGet();
                    throw new ChannelUnavailableException("The store is unreachable", null);
                }
                return memory.jobStore().end(id, last);
            }

            @Override
            public Status status(String id) {
                Status status = memory.jobStore().status(id);
                return status == Status.RUNNING && lapsed.contains(id) ? Status.LAPSED : status;
            }
        };

        private boolean allAtOnce() {
            try {
                return renewals.await(SubscriptionReader.TIMEOUT_SECONDS, TimeUnit.SECONDS);
            } catch (InterruptedException closing) {
                return true;
            }
        }

        @Override
        public String publish(String name, Payload payload) {
            return memory.publish(name, payload);
        }

        @Override
        public void end(String name, Optional<Payload> last) {
            memory.end(name, last);
        }

        @Override
        public Subscription subscribe(String name, SubscriberOptions options, Optional<String> lastEventId) {
            return memory.subscribe(name, options, lastEventId);
        }

        @Override
        public int subscribers(String name) {
            return memory.subscribers(name);
        }

        @Override
        public Map<Loss, Long> lossCounters(String name) {
            return memory.lossCounters(name);
        }

        @Override
        public Set<String> subscribed() {
            return memory.subscribed();
        }

        @Override
        public JobStore jobStore() {
            return jobStore;
        }

        @Override
        public boolean sweep() {
            return memory.sweep();
        }

        @Override
        public void close() {
            memory.close();
        }
    }
}
