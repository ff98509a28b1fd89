package io.flosse.tools;

import static org.junit.jupiter.api.Assumptions.abort;

import io.flosse.tools.ToolsExtension.Policy;
import java.nio.file.Path;
import java.util.Map;

/** The test that runs in this JVM, as far as it has to do with tools. Tests run one after another. */
public final class ToolPolicy {

    private static volatile Map<Tool, Path> programs = Map.of();
    private static volatile Policy policy = Policy.OPTIONAL;

    private ToolPolicy() {}

    static void mayStart(Map<Tool, Path> found, Policy itsPolicy) {
        programs = Map.copyOf(found);
        policy = itsPolicy;
    }

    static Path path(Tool tool) {
        Path path = programs.get(tool);
        if (path == null) {
            throw new IllegalStateException("A test that starts " + tool.program()
                    + " says so first, on its method or class: @NeedsTools(Tool." + tool + ")");
        }
        return path;
    }

    /**
     * Skips the running test because this machine or user does not allow what it needs of a tool; with FLOSSE_TOOLS=required
     * the test fails. Call it where nothing is open, or is closed in a {@code finally}.
     *
     * @param sentence what the test needs and why it is not there
     * @return nothing if the test is skipped; else the failure, to be thrown
     */
    public static AssertionError isNotPossibleHere(String sentence) {
        if (policy == Policy.REQUIRED) {
            return new AssertionError(sentence);
        }
        System.out.println("SKIPPED: " + sentence);
        return abort(sentence);
    }
}
