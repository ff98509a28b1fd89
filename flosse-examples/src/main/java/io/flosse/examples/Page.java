package io.flosse.examples;

import io.helidon.common.media.type.MediaType;
import io.helidon.common.media.type.MediaTypes;
import io.helidon.http.HeaderNames;
import io.helidon.http.NotFoundException;
import io.helidon.webserver.http.FilterChain;
import io.helidon.webserver.http.HttpService;
import io.helidon.webserver.http.RoutingRequest;
import io.helidon.webserver.http.RoutingResponse;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.regex.Pattern;

/** The web page at {@code /} and its files. */
final class Page {

    /** Matches file names without a path, so that only files directly in the folder are served. */
    private static final Pattern FILE_NAME = Pattern.compile("[A-Za-z]+\\.[a-z]+");

    private Page() {}

    static void index(ServerRequest request, ServerResponse response) {
        send("/web/index.html", response);
    }

    /** Serves the files of a folder on the class path; Java sources are served as plain text. */
    static HttpService files(String folder) {
        return rules -> rules.get("/{name}", (request, response) -> {
            String name = request.path().pathParameters().get("name");
            send(FILE_NAME.matcher(name).matches() ? folder + "/" + name : "", response);
        });
    }

    /** Sends a file of the class path; an empty name is answered with 404. */
    private static void send(String file, ServerResponse response) {
        try (InputStream content = file.isEmpty() ? null : Page.class.getResourceAsStream(file)) {
            if (content == null) {
                throw new NotFoundException("There is no such file");
            }
            response.headers().contentType(type(file));
            response.send(content.readAllBytes());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static MediaType type(String file) {
        return file.endsWith(".java")
                ? MediaTypes.TEXT_PLAIN
                : MediaTypes.detectType(file).orElse(MediaTypes.APPLICATION_OCTET_STREAM);
    }

    /** Sets security headers. The page loads nothing from other hosts, so content from other hosts is forbidden. */
    static void secureHeaders(FilterChain chain, RoutingRequest request, RoutingResponse response) {
        response.header(HeaderNames.create("Content-Security-Policy"), "default-src 'self'; frame-ancestors 'none'");
        response.header(HeaderNames.create("X-Content-Type-Options"), "nosniff");
        chain.proceed();
    }
}
