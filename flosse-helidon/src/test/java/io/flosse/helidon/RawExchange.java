package io.flosse.helidon;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** One HTTP/1.1 exchange over a real socket that keeps every byte it reads, and stops where the body ends. */
final class RawExchange implements AutoCloseable {

    private final Socket socket;
    private final InputStream in;
    private final ByteArrayOutputStream all = new ByteArrayOutputStream();
    private final ByteArrayOutputStream body = new ByteArrayOutputStream();
    private List<String> head = List.of();
    private boolean complete;

    private RawExchange(Socket socket) throws IOException {
        this.socket = socket;
        this.in = new BufferedInputStream(socket.getInputStream());
    }

    static RawExchange get(int port, String path, String... headers) {
        return send(port, "GET", path, new byte[0], headers);
    }

    static RawExchange post(int port, String path, String body, String... headers) {
        byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
        String[] more = Arrays.copyOf(headers, headers.length + 1);
        more[headers.length] = "Content-Length: " + bytes.length;
        return send(port, "POST", path, bytes, more);
    }

    /** Sends a request and reads the head of its answer. */
    static RawExchange send(int port, String method, String path, byte[] body, String... headers) {
        RawExchange exchange = open(port);
        exchange.write(method + " " + path + " HTTP/1.1\r\nHost: 127.0.0.1\r\n"
                + (headers.length == 0 ? "" : String.join("\r\n", headers) + "\r\n") + "\r\n");
        exchange.write(body);
        return exchange.readHead();
    }

    static RawExchange open(int port) {
        try {
            Socket socket = new Socket(InetAddress.getLoopbackAddress(), port);
            socket.setSoTimeout(10_000);
            return new RawExchange(socket);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    void write(String text) {
        write(text.getBytes(StandardCharsets.UTF_8));
    }

    void write(byte[] bytes) {
        try {
            socket.getOutputStream().write(bytes);
            socket.getOutputStream().flush();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Reads the status line and the headers. */
    RawExchange readHead() {
        var text = new StringBuilder();
        while (!text.toString().endsWith("\r\n\r\n")) {
            text.append((char) read());
        }
        head = text.toString().lines().filter(line -> !line.isEmpty()).toList();
        complete = header("Content-Length").filter("0"::equals).isPresent() || status() == 204 || status() == 100;
        return this;
    }

    int status() {
        return Integer.parseInt(head.getFirst().split(" ")[1]);
    }

    /** The only value of a header, empty if it is not there. */
    Optional<String> header(String name) {
        List<String> values = headers(name);
        if (values.size() > 1) {
            throw new AssertionError(name + " was sent " + values.size() + " times: " + values);
        }
        return values.stream().findFirst();
    }

    List<String> headers(String name) {
        String prefix = name.toLowerCase(Locale.ROOT) + ":";
        return head.stream()
                .filter(line -> line.toLowerCase(Locale.ROOT).startsWith(prefix))
                .map(line -> line.substring(prefix.length()).strip())
                .toList();
    }

    /** The whole body; a chunked one is read up to its last chunk and no further. */
    String body() {
        while (!complete) {
            readMore();
        }
        return text();
    }

    /** The body up to a text that it must hold sooner or later. */
    String bodyUntil(String text) {
        while (!text().contains(text)) {
            if (complete) {
                throw new AssertionError("The body ended without '" + text + "': " + text());
            }
            readMore();
        }
        return text();
    }

    /** Every byte that was read, the framing included. */
    String bytes() {
        return all.toString(StandardCharsets.UTF_8);
    }

    /** What is still to come until the server closes the connection. */
    String rest() {
        try {
            byte[] rest = in.readAllBytes();
            return new String(rest, StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private String text() {
        return body.toString(StandardCharsets.UTF_8);
    }

    private void readMore() {
        if (header("Transfer-Encoding").isPresent()) {
            int size = Integer.parseInt(line(), 16);
            readBody(size);
            line();
            complete = size == 0;
        } else {
            readBody(Integer.parseInt(header("Content-Length").orElseThrow()));
            complete = true;
        }
    }

    private void readBody(int size) {
        for (int i = 0; i < size; i++) {
            body.write(read());
        }
    }

    private String line() {
        var line = new StringBuilder();
        for (int b = read(); b != '\n'; b = read()) {
            line.append((char) b);
        }
        return line.toString().strip();
    }

    private int read() {
        try {
            int b = in.read();
            if (b == -1) {
                throw new AssertionError("The connection was closed after: " + bytes());
            }
            all.write(b);
            return b;
        } catch (IOException e) {
            throw new UncheckedIOException("After: " + bytes(), e);
        }
    }

    @Override
    public void close() {
        try {
            socket.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
