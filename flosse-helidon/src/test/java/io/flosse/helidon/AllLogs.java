package io.flosse.helidon;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;

/** What anybody logs above DEBUG while this is open: flosse, Helidon, the JDK. */
final class AllLogs extends Handler implements AutoCloseable {

    private final Logger root = Logger.getLogger("");
    private final List<String> records = new CopyOnWriteArrayList<>();

    AllLogs() {
        root.addHandler(this);
    }

    List<String> aboveDebug() {
        return List.copyOf(records);
    }

    @Override
    public void publish(LogRecord logged) {
        // Helidon's first server of a JVM tells of its features by and by, on a thread of its own.
        boolean banner = String.valueOf(logged.getLoggerName()).startsWith("io.helidon.common.features");
        if (!banner && logged.getLevel().intValue() > Level.FINE.intValue()) {
            records.add(logged.getLevel() + " " + logged.getLoggerName() + ": " + logged.getMessage() + " "
                    + logged.getThrown());
        }
    }

    @Override
    public void flush() {
        // Nothing is held back.
    }

    @Override
    public void close() {
        root.removeHandler(this);
    }
}
