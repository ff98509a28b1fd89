package io.flosse.examples;

import static org.assertj.core.api.Assertions.assertThat;

import io.flosse.examples.fixture.Certificate;
import io.flosse.examples.fixture.Deadline;
import io.flosse.examples.fixture.ExamplesServer;
import io.flosse.examples.fixture.RoutedNetwork;
import io.flosse.tools.Command;
import io.flosse.tools.NeedsTools;
import io.flosse.tools.Tool;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Clients that vanish without FIN or RST. docs/lifecycle.md documents the time until the server detects this. */
@NeedsTools(
        value = {Tool.IP, Tool.CURL},
        asRoot = true)
class VanishedClientIT {

    @TempDir
    private Path folder;

    /** With 3 retransmissions the kernel gives up after about 6 s, with these keep-alive settings after 1 + 2 * 1 s. */
    @ParameterizedTest
    @ValueSource(strings = {"http", "https"})
    void streamsEndWithinTheTimeoutsOfTheKernel(String scheme) throws Exception {
        try (RoutedNetwork network = RoutedNetwork.create()) {
            network.setServerParameter("net.ipv4.tcp_retries2", 3);
            network.setServerParameter("net.ipv4.tcp_keepalive_time", 1);
            network.setServerParameter("net.ipv4.tcp_keepalive_intvl", 1);
            network.setServerParameter("net.ipv4.tcp_keepalive_probes", 2);
            Map<String, String> configuration = new HashMap<>(Map.of("server.host", "0.0.0.0"));
            if (scheme.equals("https")) {
                configuration.putAll(Certificate.configuration(folder));
            }
            try (ExamplesServer server = ExamplesServer.startProcess(network.atServer()::before, configuration)) {
                String localUrl = scheme + "://127.0.0.1:" + server.port();
                String url = scheme + "://" + network.serverAddress() + ":" + server.port();
                List<Process> clients = List.of(
                        startClient(network, "heartbeats", url + "/sse/idle?heartbeat=PT1S"),
                        startClient(network, "silence", url + "/sse/idle?heartbeat=PT0S"),
                        startClient(network, "events", url + "/sse/ticks?every=PT0.1S"));
                try {
                    assertThat(get(network, localUrl + "/streams")).contains("/sse/idle", "/sse/ticks");
                    long disconnected = System.nanoTime();
                    network.disconnectClient();
                    awaitEnd(network, localUrl, disconnected);
                    assertThat(get(network, localUrl + "/observe/metrics"))
                            .containsPattern("flosse_streams_duration_seconds_count\\{cause=\"CLIENT_GONE\".*} 3");
                    assertThat(server.output()).allMatch(line -> line.startsWith("SLF4J(W)"));
                } finally {
                    clients.forEach(Process::destroyForcibly);
                }
            }
        }
    }

    /** Starts a client and waits for its first event. */
    private Process startClient(RoutedNetwork network, String name, String url) throws IOException {
        Path output = folder.resolve(name);
        Process client = network.atClient()
                .before(Command.of(Tool.CURL, "-sN", "--insecure", "--http1.1", url))
                .process()
                .redirectOutput(output.toFile())
                .start();
        Deadline.await(
                () -> Files.readString(output).contains("event: "), "the first event of the client '" + name + "'");
        return client;
    }

    private static void awaitEnd(RoutedNetwork network, String server, long disconnected) throws Exception {
        List<String> ended = new ArrayList<>();
        Deadline.await(
                () -> {
                    String open = get(network, server + "/streams");
                    long now = (System.nanoTime() - disconnected) / 1_000_000;
                    if (ended.isEmpty() && !open.contains("/sse/ticks")) {
                        ended.add("events: " + now + " ms");
                    }
                    if (open.equals("[]")) {
                        ended.add("all: " + now + " ms");
                    }
                    return open.equals("[]");
                },
                "the streams of vanished clients to end");
        System.out.println("Streams of vanished clients ended: " + ended);
    }

    private static String get(RoutedNetwork network, String url) throws Exception {
        return network.atServer()
                .before(Command.of(Tool.CURL, "-s", "--insecure", "--max-time", "20", url))
                .run();
    }
}
