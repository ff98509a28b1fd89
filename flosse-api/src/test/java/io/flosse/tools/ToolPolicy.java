package io.flosse.tools;

import static org.junit.jupiter.api.Assumptions.abort;

import io.flosse.tools.ToolsExtension.Policy;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;

/** The tools that the running test of this JVM may start, and what a missing tool means. Tests run one after another. */
public final class ToolPolicy {

    private static volatile Map<Tool, Path> programs = Map.of();
    private static volatile Policy policy = Policy.OPTIONAL;

    private ToolPolicy() {}

    static void allow(Map<Tool, Path> found, Policy newPolicy) {
        programs = Map.copyOf(found);
        policy = newPolicy;
    }

    /**
     * Lets a program that is no test start those of the tools that are on the PATH.
     *
     * @return the tools that were found
     */
    public static Set<Tool> allowInstalled(Set<Tool> tools) {
        Map<Tool, Path> found = ToolsExtension.find(tools, System.getenv("PATH"));
        allow(found, Policy.OPTIONAL);
        return found.keySet();
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
     * Skips the running test because this machine or user does not permit the use of a tool. With {@code FLOSSE_TOOLS=required}
     * the test fails. Call it while no resource is open, or close resources in a {@code finally} block.
     *
     * @param sentence what the test needs and why it is not available
     * @return never returns if the test is skipped; otherwise the failure to throw
     */
    public static AssertionError notPermitted(String sentence) {
        if (policy == Policy.REQUIRED) {
            return new AssertionError(sentence);
        }
        System.out.println("SKIPPED: " + sentence);
        return abort(sentence);
    }
}
