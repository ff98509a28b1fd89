package io.flosse;

import static io.flosse.contract.ExtremeTimes.assertWorksOrIsRefused;
import static org.assertj.core.api.Assertions.assertThat;

import io.flosse.auth.Identity;
import io.flosse.auth.Tickets;
import io.flosse.channel.Channels;
import io.flosse.channel.Subscription;
import io.flosse.contract.ExtremeTimes;
import io.flosse.internal.wire.EventMapper;
import io.flosse.internal.wire.FrameBuffer;
import io.flosse.internal.wire.Frames;
import io.flosse.throttle.Throttle;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;

/** Options of this module that take a time: an extreme value either works or is rejected when it is set. */
class ExtremeTimesTest {

    static final List<Duration> DURATIONS = ExtremeTimes.DURATIONS;
    static final List<Instant> INSTANTS = ExtremeTimes.INSTANTS;

    private static FakeRequest with(String ticket) {
        return FakeRequest.get("/sse", Map.of("ticket", List.of(ticket)), "192.0.2.1");
    }

    @ParameterizedTest
    @FieldSource("DURATIONS")
    void eventRetryAcceptsOrRejectsExtremeTimes(Duration value) throws Exception {
        assertFramed(value, SseEvent.of("x")::withRetry);
        Map<String, Object> fields = new HashMap<>(Map.of("data", "x", "retry", value));
        assertFramed(value, retry -> EventMapper.event(fields));
    }

    private static void assertFramed(Duration value, ExtremeTimes.Use<SseEvent, Duration> option) throws Exception {
        assertWorksOrIsRefused(value, option, event -> {
            FrameBuffer frame = new FrameBuffer(64);
            Frames.textEvent(frame, event, "x");
            assertThat(new String(frame.toByteArray(), StandardCharsets.UTF_8)).matches("(?s)retry: [0-9]{1,10}\n.*");
        });
    }

    @ParameterizedTest
    @FieldSource("DURATIONS")
    void ticketValidityAcceptsOrRejectsExtremeTimes(Duration value) throws Exception {
        assertWorksOrIsRefused(
                value, it -> Tickets.builder().validity(it).build(), tickets -> useTickets(tickets, value));
    }

    @ParameterizedTest
    @FieldSource("DURATIONS")
    void ticketSessionAcceptsOrRejectsExtremeTimes(Duration value) throws Exception {
        assertWorksOrIsRefused(
                value, it -> Tickets.builder().session(it).build(), tickets -> useTickets(tickets, value));
    }

    private static void useTickets(Tickets tickets, Duration value) {
        FakeRequest request = with(tickets.issue(Identity.of("ann"), "/sse"));
        Optional<Identity> first = tickets.authenticate(request);
        request.done();
        Optional<Identity> again = tickets.authenticate(request);
        if (value.compareTo(Duration.ofDays(1)) > 0) {
            assertThat(first).isPresent();
            assertThat(again).isPresent();
        }
        tickets.revoke(identity -> true);
        assertThat(tickets.authenticate(request)).isEmpty();
    }

    @ParameterizedTest
    @FieldSource("INSTANTS")
    void identityExpiryInTicketAcceptsExtremeTimes(Instant value) {
        Tickets tickets = Tickets.builder().build();
        Identity ann = Identity.of("ann").withExpiry(value);

        Identity back = tickets.authenticate(with(tickets.issue(ann, "/sse"))).orElseThrow();

        boolean ends = value.isBefore(Instant.now());
        assertThat(back.expiry().filter(end -> end.isBefore(Instant.now())).isPresent())
                .isEqualTo(ends);
    }

    @ParameterizedTest
    @FieldSource("DURATIONS")
    void throttlePeriodAcceptsOrRejectsExtremeTimes(Duration value) throws Exception {
        for (int rate : new int[] {1, 2, Integer.MAX_VALUE}) {
            assertWorksOrIsRefused(value, it -> Throttle.rate(rate, it, Throttle.perAddress()), throttle -> {
                Throttle.Admission first = throttle.admit(FakeRequest.from("192.0.2.1"));
                assertThat(first.retryAfter()).isEmpty();
                first.release();
                Throttle.Admission second = throttle.admit(FakeRequest.from("192.0.2.1"));
                boolean forEver = rate == 1 && value.compareTo(Duration.ofDays(1)) > 0;
                assertThat(second.retryAfter().isPresent()).isEqualTo(forEver);
            });
            assertWorksOrIsRefused(value, it -> Throttle.failedLogins(rate, it), throttle -> {
                throttle.admit(FakeRequest.from("192.0.2.1")).release();
                assertThat(throttle.admit(FakeRequest.from("192.0.2.1")).retryAfter())
                        .isEmpty();
            });
        }
    }

    @ParameterizedTest
    @FieldSource("DURATIONS")
    void rejectionWaitAcceptsOrRejectsExtremeTimes(Duration value) throws Exception {
        ExtremeTimes.Use<Throttle.Admission, Duration> option = Throttle.Admission::rejected;
        assertWorksOrIsRefused(
                value, option, rejected -> assertThat(rejected.retryAfter()).contains(value));
    }

    @ParameterizedTest
    @FieldSource("DURATIONS")
    void historyAgeAcceptsOrRejectsExtremeTimes(Duration value) throws Exception {
        assertWorksOrIsRefused(value, age -> Channels.builder().historyAge(age).build(), ExtremeTimesTest::useChannels);
    }

    @ParameterizedTest
    @FieldSource("DURATIONS")
    void jobRetentionAcceptsOrRejectsExtremeTimes(Duration value) throws Exception {
        assertWorksOrIsRefused(value, time -> Channels.builder().jobsKept(time).build(), ExtremeTimesTest::useChannels);
    }

    private static void useChannels(Channels channels) throws Exception {
        try (channels) {
            channels.channel("a").publish(SseEvent.of("x"));
            channels.channel("a").withHistory().subscribe().close();
            CountDownLatch done = new CountDownLatch(1);
            String id = channels.start(sink -> done.await());
            try (Subscription reading = channels.job(id).orElseThrow().subscribe()) {
                done.countDown();
                assertThat(reading.iterator().hasNext()).isFalse();
            }
        }
    }

    @ParameterizedTest
    @FieldSource("DURATIONS")
    void jobSleepAcceptsExtremeTimes(Duration value) throws Exception {
        try (Channels channels = Channels.inMemory()) {
            CompletableFuture<Boolean> slept = new CompletableFuture<>();
            CountDownLatch begun = new CountDownLatch(1);
            String id = channels.start(sink -> {
                begun.countDown();
                try {
                    sink.sleep(value);
                    slept.complete(true);
                } catch (StreamEndedException cancelled) {
                    slept.complete(false);
                } catch (Throwable e) {
                    slept.completeExceptionally(e);
                }
            });
            boolean forEver = value.compareTo(Duration.ofDays(1)) > 0;
            if (forEver) {
                assertThat(begun.await(20, TimeUnit.SECONDS)).isTrue();
                channels.cancel(id);
            }
            assertThat(slept.get(20, TimeUnit.SECONDS)).isEqualTo(!forEver);
        }
    }
}
