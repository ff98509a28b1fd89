package io.flosse.internal;

import io.flosse.SseRequest;
import io.flosse.permission.Permission;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * A permission that refuses cross-site requests from browsers. It reads no credentials, so a route checks it before it
 * reads them. See {@link Permission#sameOrigin}.
 */
public final class SameOrigin implements Permission {

    /** The scheme, host and port of an origin. */
    private record Origin(String scheme, String host, int port) {

        private static final Pattern TEXT = Pattern.compile(
                "([A-Za-z][A-Za-z0-9+.-]*)://(\\[[0-9A-Fa-f:.]+\\]|[^\\[\\]/?#@:\\\\\\s\\p{Cntrl}]+)(?::([0-9]{1,5}))?");

        /** Parses the serialization of an origin (RFC 6454, section 6.2), so that equal origins are equal objects. */
        static Optional<Origin> parse(String text) {
            Matcher matcher = TEXT.matcher(text);
            if (!matcher.matches()) {
                return Optional.empty();
            }
            String scheme = matcher.group(1).toLowerCase(Locale.ROOT);
            int port = matcher.group(3) == null ? defaultPort(scheme) : Integer.parseInt(matcher.group(3));
            return host(matcher.group(2)).map(host -> new Origin(scheme, host, port));
        }

        private static Optional<String> host(String text) {
            return text.startsWith("[")
                    ? Addresses.canonicalIpv6(text.substring(1, text.length() - 1))
                    : Optional.of(text.toLowerCase(Locale.ROOT));
        }

        /** Returns the port of an origin that names none; -1 if its scheme has no default port. */
        private static int defaultPort(String scheme) {
            return switch (scheme) {
                case "http" -> 80;
                case "https" -> 443;
                default -> -1;
            };
        }

        boolean isOfWeb() {
            return scheme.equals("http") || scheme.equals("https");
        }
    }

    private final Set<Origin> allowedOrigins;

    /**
     * Creates a permission.
     *
     * @param allowedOrigins the further origins that are allowed
     * @throws IllegalArgumentException if one of them is not an origin
     */
    public SameOrigin(String... allowedOrigins) {
        this.allowedOrigins = Stream.of(allowedOrigins)
                .map(text -> Origin.parse(text)
                        .orElseThrow(() -> new IllegalArgumentException(
                                "An origin must be a scheme, a host and an optional port, such as"
                                        + " https://app.example.com, but is '" + text + "'")))
                .collect(Collectors.toUnmodifiableSet());
    }

    @Override
    public boolean hasPermission(SseRequest request) {
        List<String> origins = request.headerAll("Origin");
        List<String> sites = request.headerAll("Sec-Fetch-Site");
        if (origins.size() > 1 || sites.size() > 1) {
            return false;
        }
        Optional<Origin> origin = origins.stream().findFirst().flatMap(Origin::parse);
        if (origin.filter(allowedOrigins::contains).isPresent()) {
            return true;
        }
        if (!sites.isEmpty()) {
            return sites.getFirst().equals("same-origin") || sites.getFirst().equals("none");
        }
        // Browsers send Sec-Fetch-Site only to https and to localhost; old browsers never send it.
        return origins.isEmpty() || origin.filter(it -> isOwn(it, request)).isPresent();
    }

    /** Returns whether an origin is this server's. Behind a proxy only the client knows whether it uses TLS. */
    private static boolean isOwn(Origin origin, SseRequest request) {
        return origin.isOfWeb()
                && request.header("Host")
                        .flatMap(host -> Origin.parse(origin.scheme() + "://" + host))
                        .filter(origin::equals)
                        .isPresent();
    }
}
