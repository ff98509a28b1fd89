package io.flosse.internal;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** {@link Addresses}: which addresses count as one client. */
class AddressesTest {

    @ParameterizedTest
    @CsvSource({
        "192.0.2.1, 192.0.2.1",
        "2001:db8:1:2:3:4:5:6, 2001:db8:1:2::/64",
        "2001:0DB8:0001:0002::1, 2001:db8:1:2::/64",
        "2001:db8:1:2::, 2001:db8:1:2::/64",
        "2001:db8::1, 2001:db8:0:0::/64",
        "fe80:0:0:0:1:2:3:4%eth0, fe80:0:0:0::/64",
        "::ffff:192.0.2.1, 192.0.2.1",
        "0:0:0:0:0:FFFF:192.0.2.1, 192.0.2.1",
        "::ffff:c000:201, 192.0.2.1",
        "::1, 0:0:0:0:0:0:0:1",
        "0:0:0:0:0:0:0:1, 0:0:0:0:0:0:0:1",
    })
    void addressesOfOneIpv6NetworkCountAsOne(String address, String network) {
        assertThat(Addresses.network(address)).isEqualTo(network);
    }

    @ParameterizedTest
    @CsvSource({"unknown", "1:2:3", "1:2:3:4:5:6:7:8:9", "1::2::3", "g::1", ":", "::1:2:3:4:5:6:7:8:9", "12345678901::1"
    })
    void invalidAddressIsReturnedUnchanged(String text) {
        assertThat(Addresses.network(text)).isEqualTo(text);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "0.0.0.0",
                "255.255.255.255",
                "::",
                "::1",
                "1:2:3:4:5:6:7::",
                "2001:DB8::1",
                "1:2:3:4:5:6:7:8",
                "::ffff:192.0.2.1",
                "1:2:3:4:5:6:192.0.2.1"
            })
    void addressIsRecognized(String text) {
        assertThat(Addresses.isAddress(text)).isTrue();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "unknown",
                "localhost",
                "_hidden",
                "256.0.0.1",
                "192.0.2",
                "192.0.2.1.1",
                "192.0.2.010",
                "192.0.2.-1",
                "192.0.2.1 ",
                "3221225985",
                "0x7f.1",
                "\u0661.1.1.1",
                ":::",
                "1::2::3",
                "1:2:3:4::5:6:7:8",
                "1:2:3:4:5:6:7:8:9",
                "12345::",
                "::g",
                "::192.0.2.1:1",
                "192.0.2.1::",
                "1:2:3:4:5:6:7:192.0.2.1",
                "fe80::1%eth0",
                "[::1]",
                "::1\n",
                "192.0.2.1\u001b[2J"
            })
    void textThatIsNoAddressIsRefused(String text) {
        assertThat(Addresses.isAddress(text)).isFalse();
    }

    @Test
    void longTextIsNoAddress() {
        assertThat(Addresses.isAddress("0:".repeat(4_000) + "0")).isFalse();
        assertThat(Addresses.isAddress("1.".repeat(4_000) + "1")).isFalse();
    }
}
