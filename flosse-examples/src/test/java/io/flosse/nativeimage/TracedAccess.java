package io.flosse.nativeimage;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.util.List;

/** What the tracing agent has seen in this JVM, for tests of other packages. */
public final class TracedAccess {

    private TracedAccess() {}

    /** Skips the test where the server runs in another process, or an IDE runs the test without the agent. */
    public static void assumeWatched() {
        assumeTrue(System.getProperty("examples.executable", "").isEmpty(), "The server is another process");
        assumeTrue(DynamicAccessLog.isOn() || "true".equals(System.getenv("CI")), "The tracing agent is not there");
    }

    /** What was reached by name, but no metadata lists it. */
    public static List<String> unlisted() {
        return DynamicAccessLog.unlisted(DynamicAccessLog.seen(), DynamicAccessLog.listed());
    }

    /** The same if the metadata lacked an entry. */
    public static List<String> unlistedWithout(String entry) {
        return DynamicAccessLog.unlisted(DynamicAccessLog.seen(), DynamicAccessLog.listed().without(entry));
    }
}
