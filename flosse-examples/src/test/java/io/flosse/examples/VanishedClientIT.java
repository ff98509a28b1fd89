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

/** Clients whose cable is pulled: no FIN, no RST, only silence. docs/lifecycle.md says how long it takes to notice. */
@NeedsTools(
        value = {Tool.IP, Tool.CURL},
        asRoot = true)
class VanishedClientIT {

    @TempDir
    private Path folder;

    /** With 3 retries the kernel gives up after about 6 s, with keep-alive as set here after 1 + 2 * 1 s. */
    @ParameterizedTest
    @ValueSource(strings = {"http", "https"})
    void streamsEndWithinTheBoundOfTheKernel(String scheme) throws Exception {
        try (RoutedNetwork cable = RoutedNetwork.lay()) {
            cable.setting("net.ipv4.tcp_retries2", 3);
            cable.setting("net.ipv4.tcp_keepalive_time", 1);
            cable.setting("net.ipv4.tcp_keepalive_intvl", 1);
            cable.setting("net.ipv4.tcp_keepalive_probes", 2);
            Map<String, String> configuration = new HashMap<>(Map.of("server.host", "0.0.0.0"));
            if (scheme.equals("https")) {
                configuration.putAll(Certificate.configuration(folder));
            }
            try (ExamplesServer server = ExamplesServer.startProcess(cable.atServer()::before, configuration)) {
                String here = scheme + "://127.0.0.1:" + server.port();
                String there = scheme + "://" + cable.serverAddress() + ":" + server.port();
                List<Process> clients = List.of(
                        read(cable, "heartbeats", there + "/sse/idle?heartbeat=PT1S"),
                        read(cable, "silence", there + "/sse/idle?heartbeat=PT0S"),
                        read(cable, "events", there + "/sse/ticks?every=PT0.1S"));
                try {
                    assertThat(ask(cable, here + "/streams")).contains("/sse/idle", "/sse/ticks");
                    long pulled = System.nanoTime();
                    cable.pull();
                    awaitEnd(cable, here, pulled);
                    assertThat(ask(cable, here + "/observe/metrics"))
                            .containsPattern("flosse_streams_duration_seconds_count\\{cause=\"CLIENT_GONE\".*} 3");
                    assertThat(server.printed()).allMatch(line -> line.startsWith("SLF4J(W)"));
                } finally {
                    clients.forEach(Process::destroyForcibly);
                }
            }
        }
    }

    /** Starts a client, and waits until its stream flows. */
    private Process read(RoutedNetwork cable, String name, String url) throws IOException {
        Path output = folder.resolve(name);
        Process client = cable.atClient()
                .before(Command.of(Tool.CURL, "-sN", "--insecure", "--http1.1", url))
                .process()
                .redirectOutput(output.toFile())
                .start();
        Deadline.await(() -> Files.readString(output).contains("event: "), name + " to flow");
        return client;
    }

    private static void awaitEnd(RoutedNetwork cable, String server, long pulled) throws Exception {
        List<String> ended = new ArrayList<>();
        Deadline.await(
                () -> {
                    String open = ask(cable, server + "/streams");
                    long now = (System.nanoTime() - pulled) / 1_000_000;
                    if (ended.isEmpty() && !open.contains("/sse/ticks")) {
                        ended.add("events: " + now + " ms");
                    }
                    if (open.equals("[]")) {
                        ended.add("all: " + now + " ms");
                    }
                    return open.equals("[]");
                },
                "the streams of vanished clients to end");
        System.out.println("Vanished clients were noticed: " + ended);
    }

    private static String ask(RoutedNetwork cable, String url) throws Exception {
        return cable.atServer()
                .before(Command.of(Tool.CURL, "-s", "--insecure", "--max-time", "20", url))
                .run();
    }
}
