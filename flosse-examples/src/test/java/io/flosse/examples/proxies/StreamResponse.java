package io.flosse.examples.proxies;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.zip.GZIPInputStream;

/**
 * The response to a request on HTTP/1.1, whose body is read line by line.
 *
 * @param encoding {@code gzip}, or {@code plain}
 */
record StreamResponse(HttpResponse<InputStream> response, String encoding, BufferedReader lines)
        implements AutoCloseable {

    private static final HttpClient CLIENT =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

    /** Sends a GET request with a header and waits for the head of the response. */
    static StreamResponse get(int port, String path, String name, String value)
            throws IOException, InterruptedException {
        return send(request(port, path).header(name, value));
    }

    /** Sends a POST request with a body. */
    static StreamResponse post(int port, String path, String body) throws IOException, InterruptedException {
        return send(request(port, path).header("Accept", "text/event-stream").POST(BodyPublishers.ofString(body)));
    }

    private static HttpRequest.Builder request(int port, String path) {
        return HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path))
                .timeout(Duration.ofSeconds(20));
    }

    private static StreamResponse send(HttpRequest.Builder request) throws IOException, InterruptedException {
        HttpResponse<InputStream> response = CLIENT.send(request.build(), BodyHandlers.ofInputStream());
        boolean gzip = response.headers()
                .firstValue("Content-Encoding")
                .filter("gzip"::equals)
                .isPresent();
        InputStream body = gzip ? new Gunzip(response.body()) : response.body();
        return new StreamResponse(
                response,
                gzip ? "gzip" : "plain",
                new BufferedReader(new InputStreamReader(body, StandardCharsets.UTF_8)));
    }

    /** Says that nothing is available, so that a reader returns what it has instead of waiting for more. */
    private static final class Gunzip extends GZIPInputStream {

        Gunzip(InputStream in) throws IOException {
            super(in);
        }

        @Override
        public int available() {
            return 0;
        }
    }

    int status() {
        return response.statusCode();
    }

    /** Returns the value of a header, or an empty string. */
    String header(String name) {
        return response.headers().firstValue(name).orElse("");
    }

    /** Returns the rest of the body. Fails if it was cut off. */
    String body() throws IOException {
        StringBuilder body = new StringBuilder();
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
            body.append(line).append('\n');
        }
        return body.toString();
    }

    /** Closes the connection if the body was not read to its end. */
    @Override
    public void close() throws IOException {
        response.body().close();
    }
}
