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

    @ParameterizedTest
    @CsvSource({
        "example.com, https://example.com:443",
        "example.com:443, https://example.com",
        "example.com, http://example.com:80",
        "example.com:80, http://example.com",
        "EXAMPLE.com, HTTPS://Example.COM",
        "[2001:db8::1]:8443, https://[2001:DB8:0:0:0:0:0:1]:8443",
        "[::1], http://[0:0:0:0:0:0:0:1]:80",
        "127.0.0.1:8080, http://127.0.0.1:8080",
    })
    void originsAreComparedByRfc6454(String host, String origin) {
        assertThat(allows(Permission.sameOrigin(), host, origin)).isTrue();
    }

    @ParameterizedTest
    @CsvSource({
        "example.com:80, https://example.com",
        "example.com:443, http://example.com",
        "example.com:8443, https://example.com:443",
        "[2001:db8::1], https://[2001:db8::2]",
        "[2001:db8::1], https://[2001:db8::1",
        "[2001:db8::1], https://2001:db8::1",
        "localhost, tauri://localhost",
        "example.com, https://example.com:",
        "example.com, https://example.com:443443443443",
        "'', https://",
        "'a b', https://a b",
    })
    void differentOriginsAreDifferentByRfc6454(String host, String origin) {
        assertThat(allows(Permission.sameOrigin(), host, origin)).isFalse();
    }

    @ParameterizedTest
    @CsvSource({
        "tauri://localhost, tauri://localhost",
        "capacitor://localhost, Capacitor://LOCALHOST",
        "app://-, app://-",
        "chrome-extension://abcdefghij, chrome-extension://abcdefghij",
        "https://app.example.com:443, https://app.example.com",
        "HTTPS://App.Example.com, https://app.example.com:443",
        "http://[0:0:0:0:0:0:0:1]:8080, http://[::1]:8080",
    })
    void anySchemeThatWasNamedIsAllowed(String named, String origin) {
        assertThat(allows(Permission.sameOrigin(named), "example.com", origin)).isTrue();
        assertThat(allows(Permission.sameOrigin("https://other.example.com"), "example.com", origin))
                .isFalse();
    }

    private static boolean allows(Permission permission, String host, String origin) {
        return permission.hasPermission(FakeRequest.withHeaders(Map.of("Host", host, "Origin", origin)));
    }

    @Test
    void originIsRefusedIfTheRequestHasNoHost() {
        assertThat(SAME.hasPermission(FakeRequest.withHeaders(Map.of("Origin", "https://example.com"))))
                .isFalse();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "*",
                "example.com",
                "https://",
                "https://example.com/",
                "https://example.com:port",
                "https://[::1",
                "https://[1:2]",
                "1http://example.com",
                "https://a b",
                "https://u@example.com",
                "null"
            })
    void invalidOriginIsRejectedWhenItIsConfigured(String origin) {
        assertThatThrownBy(() -> Permission.sameOrigin(origin)).hasMessageContaining("https://app.example.com");
    }
}
