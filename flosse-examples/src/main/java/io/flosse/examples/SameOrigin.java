package io.flosse.examples;

import io.helidon.http.HeaderName;
import io.helidon.http.HeaderNames;
import io.helidon.http.Status;
import io.helidon.webserver.http.FilterChain;
import io.helidon.webserver.http.RoutingRequest;
import io.helidon.webserver.http.RoutingResponse;
import io.helidon.webserver.http.ServerRequest;
import java.util.List;
import java.util.Set;

/**
 * Refuses requests by which a page of another site would change something. A browser sends them with the user's login,
 * because it adds the password of HTTP basic by itself. Streams use {@code Permission.sameOrigin()} instead.
 */
final class SameOrigin {

    private static final HeaderName SEC_FETCH_SITE = HeaderNames.create("Sec-Fetch-Site");
    private static final Set<String> READING_METHODS = Set.of("GET", "HEAD", "OPTIONS");
    private static final Set<String> OWN_SITES = Set.of("same-origin", "none");

    private SameOrigin() {}

    static void refuseChangesOfOtherSites(FilterChain chain, RoutingRequest request, RoutingResponse response) {
        String method = request.prologue().method().text();
        if (READING_METHODS.contains(method) || isOwn(request)) {
            chain.proceed();
        } else {
            response.status(Status.FORBIDDEN_403).send("Pages of other sites may not send a " + method);
        }
    }

    /** Returns whether a request comes from a page of this server, or from a program that is no browser. */
    private static boolean isOwn(ServerRequest request) {
        List<String> sites = values(request, SEC_FETCH_SITE);
        if (!sites.isEmpty()) {
            return OWN_SITES.containsAll(sites);
        }
        // Browsers send Sec-Fetch-Site only to https and to localhost.
        List<String> origins = values(request, HeaderNames.ORIGIN);
        return origins.stream().allMatch(origin -> isSameHost(origin, request));
    }

    private static boolean isSameHost(String origin, ServerRequest request) {
        String host = request.headers().first(HeaderNames.HOST).orElseGet(request::authority);
        return origin.equalsIgnoreCase("http://" + host) || origin.equalsIgnoreCase("https://" + host);
    }

    private static List<String> values(ServerRequest request, HeaderName name) {
        return request.headers().contains(name) ? request.headers().get(name).allValues() : List.of();
    }
}
