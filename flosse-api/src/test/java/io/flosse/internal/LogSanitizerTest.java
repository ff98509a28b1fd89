package io.flosse.internal;

import static org.assertj.core.api.Assertions.assertThat;

import io.flosse.auth.Identity;
import org.junit.jupiter.api.Test;

/** {@link LogSanitizer}: control characters cannot forge log lines. */
class LogSanitizerTest {

    @Test
    void lineBreaksAndTerminalCodesAreEscaped() {
        assertThat(LogSanitizer.of("a\r\nERROR\u001b[2J\u2028\u0000z"))
                .isEqualTo("a\\u000d\\u000aERROR\\u001b[2J\\u2028\\u0000z");
    }

    @Test
    void printableCharactersAreKept() {
        assertThat(LogSanitizer.of("/sse/wörld 🐟")).isEqualTo("/sse/wörld 🐟");
    }

    @Test
    void lineBreakInIdentityNameIsEscaped() {
        assertThat(Identity.of("ann\nERROR").withRoles("a\rb"))
                .hasToString("Identity[ann\\u000aERROR, roles=[a\\u000db]]");
    }
}
