package io.flosse.redis.internal.connection;

import java.net.URI;
import java.net.URISyntaxException;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/**
 * The address of a Redis and the credentials for it. {@link #toString} returns host and port only, so that the password
 * does not get into messages.
 *
 * @param user empty for the default user
 * @param password empty for none
 */
public record RedisAddress(
        String host, int port, boolean tls, Optional<String> user, Optional<String> password, int database) {

    private static final int DEFAULT_PORT = 6379;

    public static RedisAddress parse(String uri) {
        URI parsed;
        try {
            parsed = new URI(uri);
        } catch (URISyntaxException e) {
            throw refused("is not a URI"); // without the cause: its message quotes the URI
        }
        boolean tls = "rediss".equals(parsed.getScheme());
        if (!tls && !"redis".equals(parsed.getScheme())) {
            throw refused("begins with neither redis:// nor rediss://");
        }
        if (parsed.getHost() == null) {
            throw refused("names no host");
        }
        if (parsed.getRawQuery() != null || parsed.getRawFragment() != null) {
            throw refused("has a query or a fragment");
        }
        int port = parsed.getPort() < 0 ? DEFAULT_PORT : parsed.getPort();
        String info = Optional.ofNullable(parsed.getRawUserInfo()).orElse("");
        int colon = info.indexOf(':');
        // Without a colon it is the name of a user.
        if (!info.isEmpty() && colon < 0) {
            throw refused("has a user without a password: write redis://user:password@host or redis://:password@host");
        }
        Optional<String> user = colon <= 0 ? Optional.empty() : Optional.of(decode(info.substring(0, colon)));
        Optional<String> password = colon < 0 ? Optional.empty() : Optional.of(decode(info.substring(colon + 1)));
        return new RedisAddress(parsed.getHost(), port, tls, user, password, database(parsed.getRawPath()));
    }

    private static int database(String path) {
        if (path.isEmpty() || path.equals("/")) {
            return 0;
        }
        if (!path.matches("/[0-9]{1,5}")) {
            throw refused("has a path that is not the number of a database");
        }
        return Integer.parseInt(path, 1, path.length(), 10);
    }

    private static String decode(String text) {
        return URLDecoder.decode(text.replace("+", "%2B"), StandardCharsets.UTF_8);
    }

    /** The message must not contain the URI, which may contain a password. */
    private static IllegalArgumentException refused(String reason) {
        return new IllegalArgumentException(
                "The URI of a Redis must look like redis://user:password@host:6379/0, but this one " + reason);
    }

    @Override
    public String toString() {
        return host + ":" + port;
    }
}
