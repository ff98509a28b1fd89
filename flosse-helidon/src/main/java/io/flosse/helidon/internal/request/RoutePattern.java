package io.flosse.helidon.internal.request;

import io.helidon.common.parameters.Parameters;
import io.helidon.webserver.http.ServerRequest;
import java.util.Optional;
import java.util.Set;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * Determines the path pattern of a request's route, which is the same for all requests of the route.
 *
 * <p>Helidon tells the pattern of the innermost route, and before it the requested path in place of the patterns of the
 * services that the route is nested in. In that part, and where a route has no pattern, the values of parameters are
 * replaced by their names.
 */
final class RoutePattern {

    /** A parameter of a pattern: {@code {name}}, {@code {+name}} or {@code {name:regular expression}}. */
    private static final Pattern PARAMETER = Pattern.compile("\\{\\+?([^:}]+)");

    /** What Helidon tells for a nested route without a pattern. */
    private static final String NO_PATTERN = "null";

    private RoutePattern() {}

    static String of(ServerRequest request) {
        String path = request.prologue().uriPath().path();
        Parameters parameters = request.path().pathParameters();
        String services = servicesPath(path, request.path().path());
        Optional<String> pattern = request.matchingPattern()
                .filter(matched -> matched.startsWith(services))
                .map(matched -> matched.substring(services.length()))
                .filter(matched -> !matched.equals(NO_PATTERN));
        if (pattern.isEmpty()) {
            return withNames(path, parameters, Set.of());
        }
        String last = withOneSlash(pattern.get());
        return services.isEmpty()
                ? last
                : withNames(services, parameters, names(last)) + (last.equals("/") ? "" : last);
    }

    /** Returns the part of a path that the services around the route have matched. */
    private static String servicesPath(String path, String last) {
        if (last.equals("/") && !path.endsWith("/")) {
            return path; // they have matched all of it
        }
        return path.endsWith(last) ? path.substring(0, path.length() - last.length()) : "";
    }

    /** A service at the root adds a slash. The pattern of a route for any path is empty. */
    private static String withOneSlash(String pattern) {
        return pattern.isEmpty() ? "/*" : pattern.replaceFirst("^/*", "/");
    }

    private static Set<String> names(String pattern) {
        return PARAMETER
                .matcher(pattern)
                .results()
                .map(MatchResult::group)
                .map(parameter -> parameter.replaceFirst("^\\{\\+?", ""))
                .collect(Collectors.toSet());
    }

    /** Replaces whole segments that are the values of parameters by their names, beginning at the end of the path. */
    private static String withNames(String path, Parameters parameters, Set<String> except) {
        StringBuilder route = new StringBuilder(path);
        for (String name : parameters.names()) {
            String segments = "/" + parameters.get(name);
            int start = except.contains(name) ? -1 : lastIndexOf(route, segments);
            if (start >= 0) {
                route.replace(start + 1, start + segments.length(), "{" + name + "}");
            }
        }
        return route.toString();
    }

    private static int lastIndexOf(StringBuilder path, String segments) {
        int start = path.lastIndexOf(segments);
        while (start >= 0 && !endsAt(path, start + segments.length())) {
            start = path.lastIndexOf(segments, start - 1);
        }
        return start;
    }

    private static boolean endsAt(StringBuilder path, int index) {
        return index == path.length() || path.charAt(index) == '/';
    }
}
