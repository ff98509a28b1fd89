package io.flosse.redis.internal.connection;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.flosse.redis.FlosseRedis;
import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Parsing of Redis URIs and validation of the connection options. */
class RedisAddressTest {

    @Test
    void hostOnlyHasDefaults() {
        assertThat(RedisAddress.parse("redis://redis.example"))
                .isEqualTo(new RedisAddress("redis.example", 6379, false, Optional.empty(), Optional.empty(), 0));
    }

    @Test
    void allPartsAreParsed() {
        assertThat(RedisAddress.parse("rediss://app:a%3Ab%40c+d@redis.example:7000/3"))
                .isEqualTo(
                        new RedisAddress("redis.example", 7000, true, Optional.of("app"), Optional.of("a:b@c+d"), 3));
    }

    @Test
    void toStringIsHostAndPort() {
        assertThat(RedisAddress.parse("redis://app:secret@[::1]:7000/3")).hasToString("[::1]:7000");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "redis.example:secret",
                "http://secret@h",
                "redis:secret",
                "redis://",
                "redis://user:secret@",
                "redis://secret@h",
                "redis://h/secret",
                "redis://h?secret",
                "redis://h#secret",
                "redis://h:secret",
                "redis://user:secret word@h",
                "redis://user:%secret@h"
            })
    void invalidUriIsRefusedWithoutQuotingIt(String uri) {
        assertThatThrownBy(() -> FlosseRedis.connect(uri))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageNotContaining("secret")
                .hasNoCause();
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "{a}", "a b", "a*", "a\n", "é", "a/b"})
    void prefixWithSpecialCharactersIsRefused(String prefix) {
        FlosseRedis.Builder builder = FlosseRedis.builder("redis://h");
        assertThatThrownBy(() -> builder.prefix(prefix)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void durationsOutOfRangeAreRefused() {
        FlosseRedis.Builder builder = FlosseRedis.builder("redis://h");
        assertThatThrownBy(() -> builder.timeout(Duration.ZERO)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> builder.timeout(Duration.ofDays(2))).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> builder.jobLease(Duration.ofSeconds(1))).isInstanceOf(IllegalArgumentException.class);
    }
}
