package io.flosse.permission;

import io.flosse.SseRequest;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A permission that refuses cross-site requests from browsers. See {@link Permission#sameOrigin}. */
final class SameOrigin implements Permission {

    private static final Pattern ORIGIN = Pattern.compile("https?://[^/?#@\\s]+");

    private final Set<String> allowedOrigins;

    SameOrigin(String... allowedOrigins) {
        for (String origin : allowedOrigins) {
            if (!ORIGIN.matcher(origin).matches()) {
                throw new IllegalArgumentException(
                        "An origin must be a scheme, a host and an optional port, such as https://app.example.com,"
                                + " but is '" + origin + "'");
            }
        }
        this.allowedOrigins = Set.of(allowedOrigins);
    }

    @Override
    public boolean hasPermission(SseRequest request) {
        List<String> origins = request.headerAll("Origin");
        List<String> sites = request.headerAll("Sec-Fetch-Site");
        if (origins.size() > 1 || sites.size() > 1) {
            return false;
        }
        if (!origins.isEmpty() && allowedOrigins.contains(origins.getFirst())) {
            return true;
        }
        if (!sites.isEmpty()) {
            return sites.getFirst().equals("same-origin") || sites.getFirst().equals("none");
        }
        // Browsers send Sec-Fetch-Site only to https and to localhost; old browsers never send it.
        return origins.isEmpty() || isOwn(origins.getFirst(), request.header("Host"));
    }

    private static boolean isOwn(String origin, Optional<String> host) {
        Matcher matcher = ORIGIN.matcher(origin);
        return matcher.matches()
                && host.filter(it -> lower(origin).endsWith("://" + lower(it))).isPresent();
    }

    private static String lower(String text) {
        return text.toLowerCase(Locale.ROOT);
    }
}
