package io.flosse.internal;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

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
        "::1, ::1",
        "0:0:0:0:0:0:0:1, 0:0:0:0:0:0:0:1",
        "::ffff:c000:201, ::ffff:c000:201",
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
}
