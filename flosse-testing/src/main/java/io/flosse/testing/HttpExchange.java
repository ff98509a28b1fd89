package io.flosse.testing;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.ProtocolException;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * One HTTP/1.1 exchange on a socket. It does not use an HTTP client, because a test must see the bytes as they are and
 * exactly how the body ends.
 */
final class HttpExchange {

    private static final int MAX_LINE_BYTES = 64 * 1024;
    private static final int MAX_HEADERS = 1_000;

    private final InputStream in;
    private final int status;
    private final List<String> headers = new ArrayList<>();

    /** Remaining bytes of the current chunk or of the body; -1 if the body ends with the connection. */
    private long remaining;

    private final boolean chunked;
    private boolean firstChunk = true;
    private boolean ended;

    private HttpExchange(Socket socket) throws IOException {
        in = new BufferedInputStream(socket.getInputStream());
        status = status(line());
        for (String header = line(); !header.isEmpty(); header = line()) {
            if (headers.size() == MAX_HEADERS) {
                throw new ProtocolException("The response has more than " + MAX_HEADERS + " headers");
            }
            headers.add(header);
        }
        chunked =
                header("Transfer-Encoding").filter("chunked"::equalsIgnoreCase).isPresent();
        remaining = chunked ? 0 : header("Content-Length").map(Long::parseLong).orElse(-1L);
        ended = status == 204 || (remaining == 0 && !chunked);
    }

    private static int status(String line) throws ProtocolException {
        String[] parts = line.split(" ", 3);
        try {
            return Integer.parseInt(parts.length < 2 ? "" : parts[1]);
        } catch (NumberFormatException e) {
            throw new ProtocolException("The response does not begin with a status line, but with '" + line + "'");
        }
    }

    /** Sends a request and reads the status line and the headers of the response. */
    static HttpExchange send(Socket socket, String method, URI uri, List<String> headers, byte[] body)
            throws IOException {
        String target = uri.getRawPath() + (uri.getRawQuery() == null ? "" : "?" + uri.getRawQuery());
        StringBuilder head = new StringBuilder(method + " " + target + " HTTP/1.1\r\n");
        head.append("Host: ").append(uri.getAuthority()).append("\r\n");
        headers.forEach(header -> head.append(header).append("\r\n"));
        if (body.length > 0) {
            head.append("Content-Length: ").append(body.length).append("\r\n");
        }
        ByteArrayOutputStream request = new ByteArrayOutputStream();
        request.writeBytes(head.append("\r\n").toString().getBytes(StandardCharsets.UTF_8));
        request.writeBytes(body);
        socket.getOutputStream().write(request.toByteArray());
        return new HttpExchange(socket);
    }

    int status() {
        return status;
    }

    Optional<String> header(String name) {
        String prefix = name + ":";
        return headers.stream()
                .filter(header -> header.regionMatches(true, 0, prefix, 0, prefix.length()))
                .map(header -> header.substring(prefix.length()).trim())
                .findFirst();
    }

    /**
     * Reads some bytes of the body.
     *
     * @return the number of bytes; -1 at the end of the body. A chunked body ends with its last chunk only
     * @throws EOFException if the connection ends before the body
     */
    int read(byte[] bytes) throws IOException {
        if (chunked && remaining == 0 && !ended) {
            nextChunk();
        }
        if (ended) {
            return -1;
        }
        int max = remaining < 0 ? bytes.length : (int) Math.min(bytes.length, remaining);
        int read = in.read(bytes, 0, max);
        if (read < 0 && remaining >= 0) {
            throw new EOFException("The connection ended in the middle of the body");
        }
        if (read > 0 && remaining > 0) {
            remaining -= read;
        }
        ended = read < 0 || (remaining == 0 && !chunked);
        return read;
    }

    private void nextChunk() throws IOException {
        if (!firstChunk && !line().isEmpty()) {
            throw new ProtocolException("A chunk is longer than its header says");
        }
        firstChunk = false;
        remaining = chunkSize(line());
        if (remaining == 0) {
            line();
            ended = true;
        }
    }

    private static long chunkSize(String line) throws ProtocolException {
        int end = line.indexOf(';'); // a chunk extension follows
        String size = (end < 0 ? line : line.substring(0, end)).trim();
        if (!size.matches("[0-9A-Fa-f]{1,15}")) {
            throw new ProtocolException("A chunk begins with '" + line + "' instead of its size");
        }
        return Long.parseLong(size, 16);
    }

    private String line() throws IOException {
        ByteArrayOutputStream line = new ByteArrayOutputStream();
        for (int b = in.read(); b != '\n'; b = in.read()) {
            if (b < 0) {
                throw new EOFException("The connection ended where a line of the response was expected");
            }
            if (line.size() == MAX_LINE_BYTES) {
                throw new ProtocolException("A line of the response has more than " + MAX_LINE_BYTES + " bytes");
            }
            line.write(b);
        }
        String text = line.toString(StandardCharsets.ISO_8859_1);
        return text.endsWith("\r") ? text.substring(0, text.length() - 1) : text;
    }
}
