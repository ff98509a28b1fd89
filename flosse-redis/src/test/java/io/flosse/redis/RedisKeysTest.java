package io.flosse.redis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.flosse.SseEvent;
import io.flosse.channel.Channel;
import io.flosse.channel.ChannelUnavailableException;
import io.flosse.channel.Channels;
import io.flosse.contract.SubscriptionReader;
import io.flosse.fixture.WarningLog;
import io.flosse.redis.fixture.SharedRedis;
import io.flosse.redis.fixture.TestRedis;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import redis.clients.jedis.Jedis;
import redis.clients.jedis.params.XAddParams;

/** The keys in Redis: they have the prefix, and are bounded in size and time. */
class RedisKeysTest {

    @RegisterExtension
    static final SharedRedis REDIS = new SharedRedis();

    private final String prefix = TestRedis.prefix();
    private final FlosseRedis redis =
            FlosseRedis.builder(REDIS.redis().uri()).prefix(prefix).build();
    private final Channels channels = redis.channels().build();
    private final Jedis jedis = REDIS.redis().client();

    @AfterEach
    void close() {
        redis.close();
        jedis.close();
    }

    private String key(String channel) {
        return prefix + "{" + channel + "}";
    }

    @Test
    void allKeysHaveThePrefixAndExpire() {
        channels.channel("orders").publish(SseEvent.of("1"));
        channels.channel("ended").end();
        String id = channels.start(sink -> sink.yield("1"));
        SubscriptionReader.of(channels.job(id).orElseThrow().subscribe()).untilEnd();
        assertThat(jedis.keys(prefix + "*"))
                .containsExactlyInAnyOrder(key("orders"), key("ended"), key("job/" + id), key("job/" + id) + ":job")
                .allSatisfy(key -> assertThat(jedis.pttl(key))
                        .isBetween(1L, Duration.ofMinutes(11).toMillis()));
    }

    /** Anybody who may listen could fill Redis with names otherwise. */
    @Test
    void subscribingToUnknownNamesLeavesNoKeys() {
        for (int i = 0; i < 50; i++) {
            Channel channel = channels.channel("unknown-" + i);
            channel.subscribe().close();
            channel.withHistory().subscribe().close();
            channel.subscribe("1700000000000-1").close();
        }
        assertThat(channels.job("unknown")).isEmpty();
        assertThat(jedis.keys(prefix + "*")).isEmpty();

        try (SubscriptionReader live =
                SubscriptionReader.of(channels.channel("unknown-0").subscribe())) {
            String id = channels.channel("unknown-0").publish(SseEvent.of("1"));
            assertThat(live.next()).isEqualTo(SseEvent.of("1").withId(id));
        }
    }

    @Test
    void streamIsTrimmedByCount() {
        Channel channel = redis.channels().historyEvents(10).build().channel("orders");
        for (int i = 0; i < 3000; i++) {
            channel.publish(SseEvent.of(i));
        }
        assertThat(jedis.xlen(key("orders"))).isBetween(1000L, 1200L);
    }

    @Test
    void streamIsTrimmedByBytesToAtMostAQuarterMoreThanTheHistory() {
        Channel channel = redis.channels()
                .historyEvents(1_000_000)
                .historyBytes(16 << 20)
                .build()
                .channel("orders");
        String large = "x".repeat(100_000);
        for (int i = 0; i < 500; i++) {
            channel.publish(SseEvent.of(large));
        }
        long held = jedis.xlen(key("orders")) * 100_000;
        assertThat(held).isBetween(16L << 20, 21L << 20);
        try (SubscriptionReader all =
                SubscriptionReader.of(channel.withHistory().subscribe())) {
            channel.end();
            assertThat(all.untilEnd()).hasSize((16 << 20) / 100_000);
        }
    }

    @Test
    void eventsLargerThanTheHistoryAreKeptForAShortTimeOnly() {
        Channel channel = redis.channels().historyBytes(1 << 20).build().channel("orders");
        for (int i = 0; i < 20; i++) {
            channel.publish(SseEvent.of(i));
            channel.publish(SseEvent.of("x".repeat((1 << 20) + i)));
        }
        String large = key("orders") + ":large";
        assertThat(jedis.xlen(large)).isEqualTo(8);
        assertThat(jedis.pttl(large)).isBetween(1L, Duration.ofMinutes(1).toMillis());
        assertThat(jedis.xlen(key("orders"))).isEqualTo(41);
        try (SubscriptionReader all =
                SubscriptionReader.of(channel.withHistory().subscribe())) {
            channel.end();
            assertThat(all.untilEnd())
                    .hasSize(40)
                    .element(0)
                    .extracting(SseEvent::data)
                    .isEqualTo("0");
        }
    }

    /** Small ones may be more, for servers that are slow. */
    @Test
    void manySmallEventsThatAreLargerThanTheHistoryWaitForTheirServers() {
        Channel channel = redis.channels().historyBytes(10).build().channel("orders");
        for (int i = 0; i < 1100; i++) {
            channel.publish(SseEvent.of(i));
        }
        assertThat(jedis.xlen(key("orders") + ":large")).isEqualTo(1000);
    }

    @Test
    void largeEventThatRedisNoLongerHasIsAGap() {
        Channel channel = channels.channel("orders");
        try (SubscriptionReader live = SubscriptionReader.of(channel.subscribe())) {
            String first = channel.publish(SseEvent.of("1"));
            Map<String, String> fields = new LinkedHashMap<>();
            fields.put("at", first + " 2 50 0");
            fields.put("token", "");
            fields.put("large", "");
            jedis.xadd(key("orders"), XAddParams.xAddParams(), fields);
            String last = channel.publish(SseEvent.of("2"));
            assertThat(live.next().id()).contains(first);
            assertThat(live.next().event()).contains("gap");
            assertThat(live.next().id()).contains(last);
        }
    }

    /** Ids restart lower when the clock of Redis was set back. */
    @Test
    void largeEventsOfAnEarlierStreamAreReplaced() {
        Channel channel = redis.channels().historyBytes(100).build().channel("orders");
        jedis.xadd(
                key("orders") + ":large", XAddParams.xAddParams().id("99999999999999-1"), Map.of("data", "of earlier"));
        try (SubscriptionReader live = SubscriptionReader.of(channel.subscribe())) {
            String id = channel.publish(SseEvent.of("x".repeat(1000)));
            SseEvent event = live.next();
            assertThat(event.id()).contains(id);
            assertThat((String) event.data()).hasSize(1000);
        }
        assertThat(jedis.xlen(key("orders") + ":large")).isEqualTo(1);
    }

    @Test
    void expiredEventIsNotReplayedEvenIfRedisStillHasIt() throws InterruptedException {
        Channel channel =
                redis.channels().historyAge(Duration.ofMillis(200)).build().channel("orders");
        String id = channel.publish(SseEvent.of("old"));
        Thread.sleep(300); // longer than the age of the history
        String young = channel.publish(SseEvent.of("young"));
        assertThat(jedis.xlen(key("orders"))).isEqualTo(3);
        try (Channels other = FlosseRedis.builder(REDIS.redis().uri())
                        .prefix(prefix)
                        .build()
                        .channels()
                        .historyAge(Duration.ofSeconds(20))
                        .build();
                SubscriptionReader all = SubscriptionReader.of(
                        other.channel("orders").withHistory().subscribe())) {
            assertThat(all.next().id()).contains(id);
        }
        try (SubscriptionReader all =
                SubscriptionReader.of(channel.withHistory().subscribe())) {
            assertThat(all.next().id()).contains(young);
        }
    }

    @Test
    void keyOfAnotherTypeIsReportedAndNotOverwritten() {
        jedis.set(key("orders"), "a text");
        assertThatThrownBy(() -> channels.channel("orders").publish(SseEvent.of("1")))
                .isInstanceOf(ChannelUnavailableException.class)
                .hasMessageContaining("WRONGTYPE");
        assertThat(List.of(jedis.get(key("orders")))).containsExactly("a text");
    }

    @Test
    void foreignEntryInTheStreamIsReportedAsGap() {
        Channel channel = channels.channel("orders");
        try (SubscriptionReader live = SubscriptionReader.of(channel.subscribe())) {
            channel.publish(SseEvent.of("1"));
            assertThat(live.next().data()).isEqualTo("1");
            jedis.xadd(key("orders"), XAddParams.xAddParams(), Map.of("at", "0-0 9 9 9"));
            jedis.xadd(key("orders"), XAddParams.xAddParams(), Map.of("\n", "\0"));
            String id = channel.publish(SseEvent.of("2"));
            assertThat(live.next().event()).contains("gap");
            SseEvent next = live.next();
            while (next.event().isPresent()) {
                next = live.next();
            }
            assertThat(next).isEqualTo(SseEvent.of("2").withId(id));
        }
    }

    static Stream<Map.Entry<String, String>> invalidFields() {
        return Stream.of(
                Map.entry("retry", "PT-1S"),
                Map.entry("retry", "soon"),
                Map.entry("retry", "PT99999999999999999999S"),
                Map.entry("event", "two\nlines"),
                Map.entry("event", "nul\0"));
    }

    /** Live, from the history and after a reconnect. The channel goes on. */
    @ParameterizedTest
    @MethodSource("invalidFields")
    void entryWithInvalidFieldIsReportedAsGapWithOneWarning(Map.Entry<String, String> field) {
        Channel channel = channels.channel("orders");
        try (WarningLog log = new WarningLog();
                SubscriptionReader live = SubscriptionReader.of(channel.subscribe())) {
            String first = channel.publish(SseEvent.of("1"));
            addForeignEntry(first, field);
            String second = channel.publish(SseEvent.of("2"));
            addForeignEntry(second, field);
            channel.publish(SseEvent.of("3"));
            List<Object> expected = List.of("{}", "2", "{}", "3");
            assertThat(live.next().data()).isEqualTo("1");
            assertThat(live.next(4)).extracting(SseEvent::data).isEqualTo(expected);

            try (Channels otherServer = FlosseRedis.builder(REDIS.redis().uri())
                            .prefix(prefix)
                            .build()
                            .channels()
                            .build();
                    SubscriptionReader all = SubscriptionReader.of(
                            otherServer.channel("orders").withHistory().subscribe());
                    SubscriptionReader back =
                            SubscriptionReader.of(otherServer.channel("orders").subscribe(first))) {
                assertThat(all.next().id()).contains(first);
                assertThat(all.next(4)).extracting(SseEvent::data).isEqualTo(expected);
                assertThat(back.next(4)).extracting(SseEvent::data).isEqualTo(expected);
            }
            channel.publish(SseEvent.of("4"));
            assertThat(live.next().data()).isEqualTo("4");
            assertThat(log.messages())
                    .as("one warning for each server")
                    .hasSize(2)
                    .allSatisfy(message -> assertThat(message)
                            .startsWith("Channel orders has an invalid entry ")
                            .contains(field.getKey())
                            .doesNotContain("\n", "\0"));
        }
    }

    /** Adds an entry as another program may write it: with flosse's header and an invalid field. */
    private void addForeignEntry(String previous, Map.Entry<String, String> field) {
        Map<String, String> fields = new LinkedHashMap<>();
        fields.put("at", previous + " 9 9 9");
        fields.put("token", "");
        fields.put("data", "x");
        fields.put(field.getKey(), field.getValue());
        jedis.xadd(key("orders"), XAddParams.xAddParams(), fields);
    }

    @Test
    void foreignEntryEndsNoChannelAndItsCountersAreNotBelieved() {
        Channel channel = channels.channel("orders");
        channel.publish(SseEvent.of("1"));
        for (String at : List.of("nothing", "0-0 99999999999999999999 9 9")) {
            Map<String, String> fields = new LinkedHashMap<>();
            fields.put("at", at);
            fields.put("end", "");
            jedis.xadd(key("orders"), XAddParams.xAddParams(), fields);
            try (SubscriptionReader live = SubscriptionReader.of(channel.subscribe())) {
                channel.publish(SseEvent.of(at));
                assertThat(live.next().data()).isEqualTo(at);
            }
        }
    }

    @Test
    void foreignEntryDoesNotKeepTheStreamFromBeingTrimmedByBytes() {
        Channel channel = redis.channels()
                .historyEvents(1_000_000)
                .historyBytes(1 << 20)
                .build()
                .channel("orders");
        jedis.xadd(key("orders"), XAddParams.xAddParams(), Map.of("by", "another program"));
        String large = "x".repeat(100_000);
        for (int i = 0; i < 50; i++) {
            channel.publish(SseEvent.of(large));
        }
        assertThat(jedis.xlen(key("orders")) * 100_000).isLessThan(4 << 20);
    }

    @Test
    void channelWithoutSubscribersIsUnsubscribedFromPubSub() {
        Channel channel = channels.channel("orders");
        channel.subscribe().close();
        long deadline = System.nanoTime() + Duration.ofSeconds(20).toNanos();
        while (jedis.pubsubNumSub(key("orders")).get(key("orders")) > 0) {
            assertThat(System.nanoTime()).isLessThan(deadline);
            LockSupport.parkNanos(10_000_000);
        }
        try (SubscriptionReader again = SubscriptionReader.of(channel.subscribe())) {
            channel.publish(SseEvent.of("1"));
            assertThat(again.next().data()).isEqualTo("1");
        }
    }
}
