package io.flosse.examples.attack;

import java.io.IOException;

/**
 * One address under attack: the server itself, or a proxy in front of it.
 *
 * @param name what listens there
 * @param direct whether it is the server itself
 * @param counts counts the answers
 */
record Target(String name, int port, boolean direct, Counts counts) {

    /** The time without a byte after which an answer counts as complete; streams do not end by themselves. */
    private static final int SILENCE_MILLIS = 150;

    /** Returns the server without a proxy. */
    static Target server(int port, Counts counts) {
        return new Target("server", port, true, counts);
    }

    RawClient connect() throws IOException {
        return RawClient.connect(port);
    }

    /** Sends a request on a new connection, and returns and counts its answer. */
    String exchange(String request) throws IOException {
        try (RawClient client = connect()) {
            client.send(request);
            String answer = client.read(SILENCE_MILLIS);
            counts.answer(name + ": " + request, answer);
            return answer;
        }
    }

    /** Returns a GET request that closes its connection. */
    static String get(String path, String... headers) {
        return request("GET", path, headers) + "\r\n";
    }

    /** Returns a POST request that closes its connection. */
    static String post(String path, String body, String... headers) {
        return request("POST", path, headers) + "Content-Length: " + body.length() + "\r\n\r\n" + body;
    }

    /** Returns a head without its last line. */
    static String request(String method, String path, String... headers) {
        String more = headers.length == 0 ? "" : String.join("\r\n", headers) + "\r\n";
        return method + " " + path + " HTTP/1.1\r\nHost: h\r\nConnection: close\r\n" + more;
    }
}
