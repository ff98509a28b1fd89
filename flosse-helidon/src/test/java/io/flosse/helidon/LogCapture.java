package io.flosse.helidon;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import java.util.stream.Stream;

/** What is written to flosse's log while this is open; nothing of it reaches the console. */
final class LogCapture extends Handler implements AutoCloseable {

    private final Logger logger = Logger.getLogger("io.flosse");
    private final List<LogRecord> records = new CopyOnWriteArrayList<>();

    LogCapture() {
        logger.setUseParentHandlers(false);
        logger.addHandler(this);
    }

    /** With the lines at DEBUG. */
    static LogCapture ofDebug() {
        LogCapture capture = new LogCapture();
        capture.logger.setLevel(Level.FINE);
        return capture;
    }

    List<LogRecord> records() {
        return List.copyOf(records);
    }

    List<LogRecord> errors() {
        return records.stream()
                .filter(logged -> logged.getLevel().intValue() >= Level.WARNING.intValue())
                .toList();
    }

    Stream<String> messages() {
        return records.stream().map(LogRecord::getMessage);
    }

    @Override
    public void publish(LogRecord logged) {
        records.add(logged);
    }

    @Override
    public void flush() {
        // Nothing is held back.
    }

    @Override
    public void close() {
        logger.removeHandler(this);
        logger.setUseParentHandlers(true);
        logger.setLevel(null);
    }
}
