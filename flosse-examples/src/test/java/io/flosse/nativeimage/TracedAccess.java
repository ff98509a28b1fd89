package io.flosse.nativeimage;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.util.List;

/** The dynamic access that the tracing agent recorded in this JVM, for tests of other packages. */
public final class TracedAccess {

    private TracedAccess() {}

    /** Skips the test if the server runs in another process, or if an IDE runs the test without the agent. */
    public static void assumeAgentRuns() {
        assumeTrue(
                System.getProperty("examples.executable", "").isEmpty(),
                "This test needs the server in its own process");
        assumeTrue(
                DynamicAccessLog.isAgentInstalled() || "true".equals(System.getenv("CI")),
                "This test needs the tracing agent");
    }

    /** Returns the recorded access that no metadata lists. */
    public static List<String> unlisted() {
        return DynamicAccessLog.unlisted(DynamicAccessLog.recorded(), DynamicAccessLog.listed());
    }

    /** Returns the recorded access that would be unlisted if the metadata lacked an entry. */
    public static List<String> unlistedWithout(String entry) {
        return DynamicAccessLog.unlisted(
                DynamicAccessLog.recorded(), DynamicAccessLog.listed().without(entry));
    }
}
