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
 * Determines the address of a request's client.
 *
 * <p>Each trusted proxy appends the address of its own peer to {@code X-Forwarded-For}. With n trusted proxies, the
 * client's address is therefore the n-th entry from the end. All entries before it are untrusted.
 */
final class ClientAddress {

    private static final HeaderName X_FORWARDED_FOR = HeaderNames.create("X-Forwarded-For");

    private ClientAddress() {}

    /** Returns the client's address; the peer's if there are fewer entries than trusted proxies. */
    static String of(ServerRequest request, int trustedHops) {
        if (trustedHops > 0) {
            List<String> entries = new ArrayList<>();
            for (String value : request.headers().all(X_FORWARDED_FOR, List::of)) {
                entries.addAll(List.of(value.split(",")));
            }
            if (entries.size() >= trustedHops) {
                return withoutPort(entries.get(entries.size() - trustedHops).trim());
            }
        }
        return peerAddress(request.remotePeer().address());
    }

    private static String peerAddress(SocketAddress address) {
        if (address instanceof UnixDomainSocketAddress) {
            return ""; // the path of the socket does not identify a client
        }
        return address instanceof InetSocketAddress inet && inet.getAddress() != null
                ? inet.getAddress().getHostAddress()
                : address.toString();
    }

    /** Removes the port that some proxies append: {@code 192.0.2.1:1234}, {@code [2001:db8::1]:1234}. */
    private static String withoutPort(String address) {
        if (address.startsWith("[")) {
            int end = address.indexOf(']');
            return end < 0 ? address : address.substring(1, end);
        }
        int colon = address.indexOf(':');
        boolean hasOneColon = colon >= 0 && colon == address.lastIndexOf(':');
        return hasOneColon ? address.substring(0, colon) : address;
    }
}
