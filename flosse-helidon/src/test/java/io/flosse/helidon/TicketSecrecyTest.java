package io.flosse.helidon;

import static org.assertj.core.api.Assertions.assertThat;

import io.flosse.auth.Identity;
import io.flosse.auth.Tickets;
import io.flosse.helidon.fixture.RawConnection;
import io.flosse.helidon.fixture.SocketType;
import io.flosse.helidon.fixture.TestServer;
import io.flosse.permission.IsAuthenticated;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import jdk.jfr.Recording;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordingFile;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A ticket appears in no log record of flosse at any level, in no exception, in no StreamInfo and in no recording. */
class TicketSecrecyTest {

    private final Tickets tickets = Tickets.builder().build();
    private final List<String> outputs = new CopyOnWriteArrayList<>();

    @TempDir
    private Path folder;

    /** Captures all log records of flosse at every level, including exceptions. */
    private final class AllRecords extends Handler implements AutoCloseable {

        private final Logger logger = Logger.getLogger("io.flosse");

        private AllRecords() {
            setLevel(Level.ALL);
            logger.setLevel(Level.ALL);
            logger.setUseParentHandlers(false);
            logger.addHandler(this);
        }

        @Override
        public void publish(LogRecord logged) {
            outputs.add(logged.getMessage());
            for (Throwable thrown = logged.getThrown(); thrown != null; thrown = thrown.getCause()) {
                outputs.add(thrown.toString());
            }
        }

        @Override
        public void flush() {
            // Nothing is buffered.
        }

        @Override
        public void close() {
            logger.removeHandler(this);
            logger.setUseParentHandlers(true);
            logger.setLevel(null);
        }
    }

    @Test
    void ticketAppearsInNoLogExceptionStreamInfoOrRecording() throws Exception {
        SseRoute route = Flosse.stream((request, sink) -> sink.yield("hello"))
                .authenticators(tickets)
                .permissions(new IsAuthenticated());
        SseRoute broken = Flosse.stream((request, sink) -> {
                    sink.yield("hello");
                    throw new IllegalStateException("on purpose");
                })
                .authenticators(tickets);
        Path recordingFile = folder.resolve("streams.jfr");
        String good = tickets.issue(Identity.of("ann"), "/sse");
        String used = tickets.issue(Identity.of("ann"), "/broken");
        try (Recording recording = new Recording();
                AllRecords ignored = new AllRecords();
                TestServer server = TestServer.on(SocketType.PLAIN)
                        .get("/sse", route)
                        .get("/broken", broken)
                        .start()) {
            recording.enable("io.flosse.StreamOpened");
            recording.enable("io.flosse.StreamEnded");
            recording.start();
            get(server, "/sse?ticket=" + good, 200);
            outputs.add(server.awaitEnded().toString());
            get(server, "/broken?ticket=" + used, 200);
            outputs.add(server.awaitEnded().toString());
            get(server, "/sse?ticket=" + good + "x", 403);
            get(server, "/sse?ticket=" + good + "&ticket=" + good, 403);
            get(server, "/sse?ticket=%25zz" + good, 403);
            recording.stop();
            recording.dump(recordingFile);
        }
        List<RecordedEvent> events = new ArrayList<>(RecordingFile.readAllEvents(recordingFile));
        assertThat(events).hasSize(4);
        events.forEach(event -> outputs.add(event.toString()));
        assertThat(Files.size(recordingFile)).isPositive();

        assertThat(outputs)
                .anyMatch(line -> line.contains("Stream ended"))
                .anyMatch(line -> line.contains("on purpose"));
        assertThat(outputs)
                .noneMatch(line -> line.contains(good.substring(8, 40)) || line.contains(used.substring(8, 40)));
    }

    private void get(TestServer server, String path, int status) {
        try (RawConnection client = server.get(path)) {
            assertThat(client.status()).isEqualTo(status);
            outputs.add(status == 200 ? client.awaitEnd().text() : client.text());
        }
    }
}
