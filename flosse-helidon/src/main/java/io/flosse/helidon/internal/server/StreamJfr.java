package io.flosse.helidon.internal.server;

import io.flosse.StreamInfo;
import jdk.jfr.Category;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;
import jdk.jfr.Timespan;

/** The Flight Recorder events for opened and ended streams. */
@SuppressWarnings("UnusedVariable") // Flight Recorder reads the fields
final class StreamJfr {

    private StreamJfr() {}

    static void opened(StreamInfo stream) {
        Opened event = new Opened();
        if (event.shouldCommit()) {
            event.route = stream.route();
            event.remoteAddress = stream.remoteAddress();
            event.commit();
        }
    }

    static void ended(StreamInfo stream) {
        Ended event = new Ended();
        if (event.shouldCommit()) {
            event.route = stream.route();
            event.remoteAddress = stream.remoteAddress();
            event.cause = stream.cause().map(Enum::name).orElse("");
            event.events = stream.events();
            event.bytes = stream.bytes();
            event.unwritten = stream.unwritten();
            event.age = stream.age().toNanos();
            event.commit();
        }
    }

    @Name("io.flosse.StreamOpened")
    @Label("Stream Opened")
    @Category("flosse")
    @StackTrace(false)
    private static final class Opened extends Event {
        @Label("Route")
        String route = "";

        @Label("Remote Address")
        String remoteAddress = "";
    }

    @Name("io.flosse.StreamEnded")
    @Label("Stream Ended")
    @Category("flosse")
    @StackTrace(false)
    private static final class Ended extends Event {
        @Label("Route")
        String route = "";

        @Label("Remote Address")
        String remoteAddress = "";

        @Label("Cause")
        String cause = "";

        @Label("Events")
        long events;

        @Label("Bytes")
        long bytes;

        @Label("Unwritten Events")
        long unwritten;

        @Label("Age")
        @Timespan
        long age;
    }
}
