package io.flosse.internal;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/** Maps textual IP addresses to the network of one host. */
public final class Addresses {

    private static final int GROUPS = 8;

    private Addresses() {}

    /**
     * Returns the network from which one host can choose its address: an IPv4 address itself, or the first 64 bits of
     * an IPv6 address (RFC 4291, section 2.5.4).
     *
     * @param address an address in any textual form (RFC 4291, section 2.2); any other text is returned unchanged
     * @return the IPv4 address, or the four groups of the network followed by {@code ::/64}
     */
    public static String network(String address) {
        int zone = address.indexOf('%');
        String plain = zone < 0 ? address : address.substring(0, zone);
        if (plain.indexOf(':') < 0) {
            return address;
        }
        int lastColon = plain.lastIndexOf(':');
        if (plain.indexOf('.', lastColon) >= 0) {
            String mapped = plain.substring(lastColon + 1);
            // ::ffff:192.0.2.1 is an IPv4-mapped address.
            return plain.toLowerCase(Locale.ROOT).matches("[0:]*:ffff:[0-9.]+") ? mapped : address;
        }
        int gap = plain.indexOf("::");
        String[] head = groups(gap < 0 ? plain : plain.substring(0, gap));
        String[] tail = groups(gap < 0 ? "" : plain.substring(gap + 2));
        int missing = GROUPS - head.length - tail.length;
        if (gap < 0 ? missing != 0 : missing < 0) {
            return address;
        }
        String[] all = new String[GROUPS];
        Arrays.fill(all, "0");
        System.arraycopy(head, 0, all, 0, head.length);
        System.arraycopy(tail, 0, all, GROUPS - tail.length, tail.length);
        try {
            List<String> groups = Arrays.stream(all)
                    .map(group -> Integer.toHexString(Integer.parseInt(group, 16)))
                    .toList();
            String network = String.join(":", groups.subList(0, GROUPS / 2)) + "::/64";
            // Addresses in network 0 (loopback, IPv4-mapped in hexadecimal) do not share a host.
            return network.equals("0:0:0:0::/64") ? address : network;
        } catch (NumberFormatException e) {
            return address;
        }
    }

    private static String[] groups(String text) {
        return text.isEmpty() ? new String[0] : text.split(":", -1);
    }
}
