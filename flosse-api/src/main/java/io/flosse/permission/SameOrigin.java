package io.flosse.permission;

import io.flosse.SseRequest;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Refuses what a browser sends for a page of somebody else. */
final class SameOrigin implements Permission {

    private static final Pattern ORIGIN = Pattern.compile("https?://[^/?#@\\s]+");

    private final Set<String> others;

    SameOrigin(String... others) {
        for (String origin : others) {
            if (!ORIGIN.matcher(origin).matches()) {
                throw new IllegalArgumentException(
                        "An origin is a scheme, a host and perhaps a port, such as https://app.example.com, but not '"
                                + origin + "'");
            }
        }
        this.others = Set.of(others);
    }

    @Override
    public boolean hasPermission(SseRequest request) {
        List<String> origins = request.headerAll("Origin");
        List<String> sites = request.headerAll("Sec-Fetch-Site");
        if (origins.size() > 1 || sites.size() > 1) {
            return false;
        }
        if (!origins.isEmpty() && others.contains(origins.getFirst())) {
            return true;
        }
        if (!sites.isEmpty()) {
            return sites.getFirst().equals("same-origin") || sites.getFirst().equals("none");
        }
        // A browser sends Sec-Fetch-Site to https and to localhost only, and an old one never.
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
