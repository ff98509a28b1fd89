package io.flosse.examples;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Clients whose cable is pulled: no FIN, no RST, only silence. The README says how long it takes to notice. */
class VanishedPeerIT {

    @TempDir
    private Path folder;

    /** With 3 retries the kernel gives up after about 6 s, with keep-alive as set here after 1 + 2 * 1 s. */
    @Test
    void streamsEndWithinTheBoundOfTheKernel() throws Exception {
        try (LongCable cable = LongCable.lay()) {
            cable.setting("net.ipv4.tcp_retries2", 3);
            cable.setting("net.ipv4.tcp_keepalive_time", 1);
            cable.setting("net.ipv4.tcp_keepalive_intvl", 1);
            cable.setting("net.ipv4.tcp_keepalive_probes", 2);
            try (ExamplesServer server =
                    ExamplesServer.startProcess(cable.atServer(), Map.of("server.host", "0.0.0.0"))) {
                List<Process> clients = List.of(
                        read(cable, server, "heartbeats", "/sse/idle?heartbeat=PT1S"),
                        read(cable, server, "silence", "/sse/idle?heartbeat=PT0S"),
                        read(cable, server, "events", "/sse/ticks?every=PT0.1S"));
                try {
                    assertThat(ask(cable, server, "/streams")).contains("/sse/idle", "/sse/ticks");
                    long pulled = System.nanoTime();
                    cable.pull();
                    awaitEnd(cable, server, pulled);
                    assertThat(ask(cable, server, "/observe/metrics"))
                            .containsPattern("flosse_streams_duration_seconds_count\\{cause=\"CLIENT_GONE\".*} 3");
                    assertThat(server.printed()).allMatch(line -> line.startsWith("SLF4J(W)"));
                } finally {
                    clients.forEach(Process::destroyForcibly);
                }
            }
        }
    }

    /** Starts a client, and waits until its stream flows. */
    private Process read(LongCable cable, ExamplesServer server, String name, String path) throws IOException {
        Path output = folder.resolve(name);
        List<String> command = new ArrayList<>(cable.atClient());
        command.addAll(
                List.of(Tools.require("curl"), "-sN", "http://" + cable.serverAddress() + ":" + server.port() + path));
        Process client = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(output.toFile())
                .start();
        Deadline.await(() -> Files.readString(output).contains("event: "), name + " to flow");
        return client;
    }

    private static void awaitEnd(LongCable cable, ExamplesServer server, long pulled) throws Exception {
        List<String> ended = new ArrayList<>();
        Deadline.await(
                () -> {
                    String open = ask(cable, server, "/streams");
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

    private static String ask(LongCable cable, ExamplesServer server, String path) throws Exception {
        List<String> command = new ArrayList<>(cable.atServer());
        command.addAll(
                List.of(Tools.require("curl"), "-s", "--max-time", "20", "http://127.0.0.1:" + server.port() + path));
        return Tools.run(command);
    }
}
