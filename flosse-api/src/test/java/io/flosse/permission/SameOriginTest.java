package io.flosse.permission;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.flosse.FakeRequest;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** {@link Permission#sameOrigin}: only pages of the same or a listed origin may subscribe. */
class SameOriginTest {

    private static final Permission SAME = Permission.sameOrigin("https://app.example.com");

    private static boolean allows(String site, String origin) {
        Map<String, String> headers = new HashMap<>(Map.of("Host", "Example.com:8443"));
        if (site != null) {
            headers.put("Sec-Fetch-Site", site);
        }
        if (origin != null) {
            headers.put("Origin", origin);
        }
        return SAME.hasPermission(FakeRequest.withHeaders(headers));
    }

    @ParameterizedTest
    @CsvSource({
        "same-origin, ",
        "none, ",
        "same-origin, https://example.com:8443",
        ", https://example.com:8443",
        "cross-site, https://app.example.com",
        "same-site, https://app.example.com",
        ", https://app.example.com",
        ", ",
    })
    void ownPagesAndNonBrowserClientsAreAllowed(String site, String origin) {
        assertThat(allows(site, origin)).isTrue();
    }

    @ParameterizedTest
    @CsvSource({
        "cross-site, ",
        "same-site, ",
        "cross-site, https://evil.example",
        "same-site, https://other.example.com",
        "cross-site, https://example.com:8443",
        "Same-Origin, ",
        "'', ",
        "'same-origin, cross-site', ",
        ", https://evil.example",
        ", null",
        ", ''",
        ", https://example.com",
        ", https://example.com:84430",
        ", https://evilexample.com:8443",
        ", https://example.com:8443.evil.example",
        ", https://evil.example/://example.com:8443",
        ", https://evil@example.com:8443",
        ", https://app.example.com.evil.example",
    })
    void pagesOfOtherOriginsAreRefused(String site, String origin) {
        assertThat(allows(site, origin)).isFalse();
    }

    @Test
    void originIsRefusedIfTheRequestHasNoHost() {
        assertThat(SAME.hasPermission(FakeRequest.withHeaders(Map.of("Origin", "https://example.com"))))
                .isFalse();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"", "*", "example.com", "https://example.com/", "https://a b", "https://u@example.com", "null"})
    void invalidOriginIsRejectedWhenItIsConfigured(String origin) {
        assertThatThrownBy(() -> Permission.sameOrigin(origin)).hasMessageContaining("https://app.example.com");
    }
}
