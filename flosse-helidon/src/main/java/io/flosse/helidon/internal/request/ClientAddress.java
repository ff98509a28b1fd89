package io.flosse.helidon.internal.request;

import io.helidon.http.HeaderName;
import io.helidon.http.HeaderNames;
import io.helidon.webserver.http.ServerRequest;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.util.ArrayList;
import java.util.List;

/**
 * Where a request comes from. Of {@code X-Forwarded-For} only what the trusted proxies have written is believed: each adds
 * the address of its own peer at the end, so with n of them it is the n-th from the end.
 */
final class ClientAddress {

    private static final HeaderName X_FORWARDED_FOR = HeaderNames.create("X-Forwarded-For");

    private ClientAddress() {}

    static String of(ServerRequest request, int trustedHops) {
        if (trustedHops > 0) {
            List<String> hops = new ArrayList<>();
            for (String line : request.headers().all(X_FORWARDED_FOR, List::of)) {
                hops.addAll(List.of(line.split(",")));
            }
            if (hops.size() >= trustedHops) {
                return withoutPort(hops.get(hops.size() - trustedHops).trim());
            }
        }
        return peer(request.remotePeer().address());
    }

    private static String peer(SocketAddress address) {
        if (address instanceof UnixDomainSocketAddress) {
            return ""; // its path, if it has one, names no client
        }
        return address instanceof InetSocketAddress inet && inet.getAddress() != null
                ? inet.getAddress().getHostAddress()
                : address.toString();
    }

    /** Some proxies write the port too: {@code 192.0.2.1:1234}, {@code [2001:db8::1]:1234}. */
    private static String withoutPort(String address) {
        if (address.startsWith("[")) {
            int end = address.indexOf(']');
            return end < 0 ? address : address.substring(1, end);
        }
        int colon = address.indexOf(':');
        boolean oneColon = colon >= 0 && colon == address.lastIndexOf(':');
        return oneColon ? address.substring(0, colon) : address;
    }
}
