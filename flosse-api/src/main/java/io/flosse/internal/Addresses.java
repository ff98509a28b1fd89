package io.flosse.internal;

import java.util.Arrays;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** Parses textual IP addresses. It never resolves a name. */
public final class Addresses {

    private static final int GROUPS = 8;

    /** The length of the longest address: an IPv6 address whose last 32 bits are written as an IPv4 address. */
    private static final int MAX_LENGTH = 45;

    private static final Pattern GROUP = Pattern.compile("[0-9A-Fa-f]{1,4}");

    /** A decimal byte. A leading zero is refused, because some programs read such a number as octal. */
    private static final Pattern BYTE = Pattern.compile("0|[1-9][0-9]?|1[0-9]{2}|2[0-4][0-9]|25[0-5]");

    private Addresses() {}

    /**
     * Returns whether a text is an IPv4 or IPv6 address.
     *
     * @param text any text
     * @return whether it is an address, without a zone, a port or brackets
     */
    public static boolean isAddress(String text) {
        return ipv4(text).isPresent() || ipv6(text).isPresent();
    }

    /**
     * Returns the only form of an IPv6 address in which two equal addresses have the same text.
     *
     * @param text any text
     * @return eight groups without leading zeros, such as {@code 2001:db8:0:0:0:0:0:1}; empty if the text is no IPv6
     *     address
     */
    public static Optional<String> canonicalIpv6(String text) {
        return ipv6(text).map(groups -> text(groups, GROUPS));
    }

    /**
     * Returns the network from which one host can choose its address: an IPv4 address itself, or the first 64 bits of
     * an IPv6 address (RFC 4291, section 2.5.4).
     *
     * @param address an address in any textual form (RFC 4291, section 2.2); any other text is returned unchanged
     * @return the IPv4 address, or the four groups of the network followed by {@code ::/64}
     */
    public static String network(String address) {
        int zone = address.indexOf('%');
        return ipv6(zone < 0 ? address : address.substring(0, zone))
                .map(Addresses::network)
                .orElse(address);
    }

    private static String network(int[] groups) {
        boolean isNetworkZero = Arrays.stream(groups, 0, GROUPS / 2).allMatch(group -> group == 0);
        if (!isNetworkZero) {
            return text(groups, GROUPS / 2) + "::/64";
        }
        if (groups[4] == 0 && groups[5] == 0xffff) { // an IPv4-mapped address
            return (groups[6] >> 8) + "." + (groups[6] & 0xff) + "." + (groups[7] >> 8) + "." + (groups[7] & 0xff);
        }
        return text(groups, GROUPS); // addresses in network 0, such as loopback, do not share a host
    }

    private static String text(int[] groups, int count) {
        return Arrays.stream(groups, 0, count).mapToObj(Integer::toHexString).collect(Collectors.joining(":"));
    }

    private static Optional<int[]> ipv6(String text) {
        if (text.length() > MAX_LENGTH || text.indexOf(':') < 0) {
            return Optional.empty();
        }
        int gap = text.indexOf("::");
        if (gap < 0) {
            return groups(text, true).filter(all -> all.length == GROUPS);
        }
        Optional<int[]> head = groups(text.substring(0, gap), false);
        return groups(text.substring(gap + 2), true)
                .filter(tail -> head.isPresent() && head.get().length + tail.length < GROUPS)
                .map(tail -> {
                    int[] all = new int[GROUPS];
                    System.arraycopy(head.get(), 0, all, 0, head.get().length);
                    System.arraycopy(tail, 0, all, GROUPS - tail.length, tail.length);
                    return all;
                });
    }

    /** Returns the groups of a part of an IPv6 address, which may end with an IPv4 address if it is the last part. */
    private static Optional<int[]> groups(String part, boolean isLast) {
        if (part.isEmpty()) {
            return Optional.of(new int[0]);
        }
        String[] texts = part.split(":", -1);
        Optional<int[]> ipv4 = isLast ? ipv4(texts[texts.length - 1]) : Optional.empty();
        int hexadecimal = texts.length - (ipv4.isPresent() ? 1 : 0);
        int[] groups = new int[hexadecimal + (ipv4.isPresent() ? 2 : 0)];
        for (int i = 0; i < hexadecimal; i++) {
            if (!GROUP.matcher(texts[i]).matches()) {
                return Optional.empty();
            }
            groups[i] = Integer.parseInt(texts[i], 16);
        }
        ipv4.ifPresent(bytes -> {
            groups[hexadecimal] = bytes[0] << 8 | bytes[1];
            groups[hexadecimal + 1] = bytes[2] << 8 | bytes[3];
        });
        return Optional.of(groups);
    }

    private static Optional<int[]> ipv4(String text) {
        if (text.length() > MAX_LENGTH) {
            return Optional.empty();
        }
        String[] bytes = text.split("\\.", -1);
        return bytes.length == 4
                        && Arrays.stream(bytes).allMatch(it -> BYTE.matcher(it).matches())
                ? Optional.of(Arrays.stream(bytes).mapToInt(Integer::parseInt).toArray())
                : Optional.empty();
    }
}
