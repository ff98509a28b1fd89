package io.flosse.examples;

import io.helidon.common.media.type.MediaTypes;
import io.helidon.http.HeaderNames;
import io.helidon.webserver.http.FilterChain;
import io.helidon.webserver.http.HttpService;
import io.helidon.webserver.http.RoutingRequest;
import io.helidon.webserver.http.RoutingResponse;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import io.helidon.webserver.staticcontent.ClasspathHandlerConfig;
import io.helidon.webserver.staticcontent.StaticContentFeature;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Objects;

/** The page at {@code /}. */
final class Page {

    private Page() {}

    static void index(ServerRequest request, ServerResponse response) {
        try (InputStream page = Objects.requireNonNull(Page.class.getResourceAsStream("/web/index.html"))) {
            response.headers().contentType(MediaTypes.TEXT_HTML);
            response.send(page.readAllBytes());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The files of a folder on the class path; sources are plain text. */
    static HttpService files(String folder) {
        return StaticContentFeature.createService(ClasspathHandlerConfig.builder()
                .location(folder)
                .putContentType("java", MediaTypes.TEXT_PLAIN)
                .build());
    }

    /** The page needs nothing from another host, so nothing from another host may run in it. */
    static void secureHeaders(FilterChain chain, RoutingRequest request, RoutingResponse response) {
        response.header(HeaderNames.create("Content-Security-Policy"), "default-src 'self'; frame-ancestors 'none'");
        response.header(HeaderNames.create("X-Content-Type-Options"), "nosniff");
        chain.proceed();
    }
}
