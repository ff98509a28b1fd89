package io.flosse.helidon.internal.request;

import io.flosse.helidon.internal.transport.HelidonLine;
import io.flosse.internal.Addresses;
import io.helidon.http.HeaderNames;
import io.helidon.webserver.ProxyProtocolData;
import io.helidon.webserver.http.ServerRequest;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Determines the address of a request's client. Only IP addresses are believed, and no name is resolved.
 *
 * <p>Each trusted proxy appends the address of its own peer to {@code X-Forwarded-For}. With n trusted proxies, the
 * client's address is therefore the n-th entry from the end. All entries before it are untrusted.
 *
 * <p>If the listener reads the PROXY protocol, the peer is the source that the protocol names.
 */
final class ClientAddress {

    /** An address with brackets or a port, as some proxies write it. */
    private static final Pattern DECORATED =
            Pattern.compile("\\[([0-9A-Fa-f:.]{2,45})\\](?::[0-9]{1,5})?|([0-9.]{7,15}):[0-9]{1,5}");

    private ClientAddress() {}

    /**
     * Returns the client's address; the peer's if there are fewer entries than trusted proxies, or if the entry is no
     * IP address.
     */
    static String of(ServerRequest request, int trustedHops) {
        Optional<ProxyProtocolData> proxy = request.proxyProtocolData();
        return forwarded(request, proxy, trustedHops)
                .or(() -> proxy.flatMap(ClientAddress::source))
                .orElseGet(() -> peerAddress(request.remotePeer().address()));
    }

    private static Optional<String> forwarded(
            ServerRequest request, Optional<ProxyProtocolData> proxy, int trustedHops) {
        if (trustedHops == 0) {
            return Optional.empty();
        }
        List<String> fields = new ArrayList<>(request.headers().all(HeaderNames.X_FORWARDED_FOR, List::of));
        proxy.map(ProxyProtocolData::sourceAddress).ifPresent(source -> removeSource(fields, source, request));
        List<String> entries = fields.stream()
                .flatMap(field -> Stream.of(field.split(",", -1)))
                .toList();
        return entries.size() < trustedHops
                ? Optional.empty()
                : Optional.of(undecorated(
                                entries.get(entries.size() - trustedHops).strip()))
                        .filter(Addresses::isAddress);
    }

    /**
     * Removes the field that Helidon has added for the PROXY protocol. It is the last field of an HTTP/1.1 request,
     * also of one that was upgraded, and the first field of any other HTTP/2 request.
     */
    private static void removeSource(List<String> fields, String source, ServerRequest request) {
        if (source.isEmpty() || fields.isEmpty()) {
            return;
        }
        boolean isHttp2 = request.prologue().protocolVersion().startsWith("2");
        if (isHttp2 && fields.getFirst().equals(source)) {
            fields.removeFirst();
        } else if (fields.getLast().equals(source)) {
            fields.removeLast();
        }
    }

    /** Returns the source of a connection; empty if the proxy has made the connection for itself or does not know. */
    private static Optional<String> source(ProxyProtocolData proxy) {
        return Optional.of(proxy)
                .filter(it -> it.family() != ProxyProtocolData.Family.UNKNOWN && !HelidonLine.isLocal(it))
                .map(ProxyProtocolData::sourceAddress)
                .filter(Addresses::isAddress);
    }

    private static String peerAddress(SocketAddress address) {
        if (address instanceof UnixDomainSocketAddress) {
            return ""; // the path of the socket does not identify a client
        }
        return address instanceof InetSocketAddress inet && inet.getAddress() != null
                ? inet.getAddress().getHostAddress()
                : address.toString();
    }

    /** Removes brackets and the port: {@code 192.0.2.1:1234}, {@code [2001:db8::1]:1234}. */
    private static String undecorated(String entry) {
        Matcher matcher = DECORATED.matcher(entry);
        if (!matcher.matches()) {
            return entry;
        }
        return matcher.group(1) != null ? matcher.group(1) : matcher.group(2);
    }
}
