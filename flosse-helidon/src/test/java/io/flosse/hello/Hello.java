package io.flosse.hello;

import io.flosse.helidon.Flosse;
import io.helidon.webserver.WebServer;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;

/** The program of the README. It also connects to itself and prints the first event. */
public final class Hello {

    private Hello() {}

    public static void main(String[] args) throws Exception {
        WebServer server = WebServer.builder()
                .address(InetAddress.getLoopbackAddress())
                .port(0)
                .routing(routing -> routing.get("/sse", Flosse.stream((request, sink) -> {
                    for (int i = 0; i < 10; i++) {
                        sink.yield("tick " + i);
                    }
                })))
                .build()
                .start();
        try (Socket client = new Socket(InetAddress.getLoopbackAddress(), server.port())) {
            client.getOutputStream()
                    .write("GET /sse HTTP/1.1\r\nHost: localhost\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
            var in = new BufferedReader(new InputStreamReader(client.getInputStream(), StandardCharsets.UTF_8));
            String line;
            while ((line = in.readLine()) != null && !line.startsWith("data: ")) {
                // Skips the headers and chunk sizes.
            }
            System.out.println(line);
        }
        System.out.println(Hello.class.getModule() + ", " + Flosse.class.getModule());
        server.stop();
        System.exit(0);
    }
}
