package io.flosse.helidon;

import static org.assertj.core.api.Assertions.assertThat;

import io.flosse.helidon.fixture.RawConnection;
import io.flosse.helidon.fixture.SocketType;
import io.flosse.helidon.fixture.TestServer;
import io.flosse.tools.Command;
import io.flosse.tools.NeedsTools;
import io.flosse.tools.Tool;
import io.flosse.tools.ToolPolicy;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** The system calls of a stream, traced with strace in this JVM. */
@NeedsTools(Tool.STRACE)
class SingleEventWriteIT {

    private static final int EVENTS = 50;

    /** Publishes the next event only after the client has received the previous one. */
    @Test
    void singleEventIsOneWriteOfACompleteChunk() throws Exception {
        BlockingQueue<String> events = new LinkedBlockingQueue<>();
        SseRoute route = Flosse.stream((request, sink) -> {
            for (String next = events.take(); !next.isEmpty(); next = events.take()) {
                sink.yield(next);
            }
        });
        List<String> writes;
        try (TestServer server =
                        TestServer.on(SocketType.PLAIN).get("/sse", route).start();
                RawConnection client = server.get("/sse")) {
            Path trace = Files.createTempFile("flosse-strace", ".log");
            try {
                Process strace = attach(trace);
                try {
                    for (int i = 0; i < EVENTS; i++) {
                        events.add("lone-" + i);
                        client.awaitText("data: lone-" + i + "\n\n\r\n");
                    }
                } finally {
                    strace.destroy(); // SIGTERM makes strace detach
                    assertThat(strace.waitFor(TestServer.TIMEOUT_SECONDS, TimeUnit.SECONDS))
                            .isTrue();
                }
                writes = Files.readAllLines(trace).stream()
                        .filter(line -> line.contains("lone-"))
                        .toList();
            } finally {
                Files.delete(trace);
            }
            events.add("");
            client.awaitEnd();
        }
        System.out.printf("%d single events: %d writes, such as %s%n", EVENTS, writes.size(), writes.getFirst());
        assertThat(writes).hasSize(EVENTS);
        for (int i = 0; i < EVENTS; i++) {
            String frame = "data: lone-" + i + "\\n\\n";
            assertThat(writes.get(i))
                    .contains("\"" + Integer.toHexString(frame.length() - 2) + "\\r\\n" + frame + "\\r\\n\"");
        }
    }

    /** Attaches strace to the writes of all threads of this JVM; returns once strace has attached. */
    private static Process attach(Path trace) throws IOException {
        String pid = Long.toString(ProcessHandle.current().pid());
        Process strace = Command.of(
                        Tool.STRACE,
                        "-f",
                        "-p",
                        pid,
                        "-e",
                        "trace=write,sendto,writev,sendmsg",
                        "-s",
                        "200",
                        "-o",
                        trace.toString())
                .process()
                .start();
        BufferedReader output = strace.inputReader();
        for (String line = output.readLine(); line != null; line = output.readLine()) {
            if (line.contains("attached")) {
                return strace;
            }
            if (line.contains("not permitted")) {
                break;
            }
        }
        strace.destroy();
        throw ToolPolicy.notPermitted("This test needs strace, which may not attach to a process here");
    }
}
