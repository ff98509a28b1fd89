package io.flosse.tools;

import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ConditionEvaluationResult;
import org.junit.jupiter.api.extension.ExecutionCondition;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.platform.commons.support.AnnotationSupport;

/**
 * JUnit extension that decides whether a test with {@link NeedsTools} runs, and tells {@link ToolPolicy} which programs it may
 * start.
 */
final class ToolsExtension
        implements ExecutionCondition, BeforeAllCallback, BeforeEachCallback, AfterEachCallback, AfterAllCallback {

    /** JUnit configuration parameter that overrides the environment variable FLOSSE_TOOLS. */
    static final String POLICY_PARAMETER = "flosse.tools";

    /** JUnit configuration parameter that overrides PATH. */
    static final String PATH_PARAMETER = "flosse.tools.path";

    @Override
    public ConditionEvaluationResult evaluateExecutionCondition(ExtensionContext context) {
        Set<Tool> needed = neededBy(context);
        Map<Tool, Path> found = find(needed, context);
        if (policy(context) == Policy.HIDDEN && !found.isEmpty()) {
            throw new AssertionError("FLOSSE_TOOLS=hidden, but these programs were found: " + found.values());
        }
        Set<Tool> missing = EnumSet.copyOf(needed);
        missing.removeAll(found.keySet());
        if (missing.isEmpty()) {
            return needsRoot(context) && !isRoot(context)
                    ? skip(context, "This test needs to run as root")
                    : ConditionEvaluationResult.enabled("All tools are available");
        }
        String sentence = "This test needs "
                + missing.stream().map(Tool::program).collect(Collectors.joining(" and "))
                + (missing.size() == 1 ? ", which is" : ", which are") + " not on the PATH";
        if (policy(context) == Policy.REQUIRED) {
            throw new AssertionError(sentence);
        }
        return skip(context, sentence);
    }

    /** Also prints the reason: the reports contain it, but Maven's output shows only the number of skipped tests. */
    private static ConditionEvaluationResult skip(ExtensionContext context, String sentence) {
        String method = context.getTestMethod().isPresent() ? "." + context.getDisplayName() : "";
        String test = context.getRequiredTestClass().getName() + method;
        System.out.println("SKIPPED " + test + ": " + sentence);
        return ConditionEvaluationResult.disabled(sentence);
    }

    @Override
    public void beforeAll(ExtensionContext context) {
        enter(context);
    }

    @Override
    public void beforeEach(ExtensionContext context) {
        enter(context);
    }

    @Override
    public void afterEach(ExtensionContext context) {
        leave(context);
    }

    @Override
    public void afterAll(ExtensionContext context) {
        leave(context);
    }

    private static void enter(ExtensionContext context) {
        ToolPolicy.allow(find(neededBy(context), context), policy(context));
    }

    private static void leave(ExtensionContext context) {
        context.getParent().ifPresent(ToolsExtension::enter);
    }

    /** Returns the tools of the method, its class and the enclosing classes. */
    private static Set<Tool> neededBy(ExtensionContext context) {
        Set<Tool> needed =
                context.getParent().map(ToolsExtension::neededBy).orElseGet(() -> EnumSet.noneOf(Tool.class));
        AnnotationSupport.findAnnotation(context.getElement(), NeedsTools.class)
                .ifPresent(needs -> needed.addAll(List.of(needs.value())));
        return needed;
    }

    private static boolean needsRoot(ExtensionContext context) {
        return AnnotationSupport.findAnnotation(context.getElement(), NeedsTools.class)
                        .filter(NeedsTools::asRoot)
                        .isPresent()
                || context.getParent().filter(ToolsExtension::needsRoot).isPresent();
    }

    /** JUnit also reads configuration parameters from system properties. */
    private static boolean isRoot(ExtensionContext context) {
        return context.getConfigurationParameter("user.name")
                .filter("root"::equals)
                .isPresent();
    }

    private static Map<Tool, Path> find(Set<Tool> tools, ExtensionContext context) {
        return find(tools, setting(PATH_PARAMETER, "PATH", context));
    }

    static Map<Tool, Path> find(Set<Tool> tools, String path) {
        Map<Tool, Path> found = new EnumMap<>(Tool.class);
        for (Tool tool : tools) {
            Arrays.stream(path.split(File.pathSeparator))
                    .map(folder -> Path.of(folder, tool.program()))
                    .filter(file -> Files.isExecutable(file) && !Files.isDirectory(file))
                    .findFirst()
                    .ifPresent(file -> found.put(tool, file));
        }
        return found;
    }

    private static Policy policy(ExtensionContext context) {
        return Policy.of(setting(POLICY_PARAMETER, "FLOSSE_TOOLS", context));
    }

    private static String setting(String parameter, String variable, ExtensionContext context) {
        return context.getConfigurationParameter(parameter)
                .or(() -> Optional.ofNullable(System.getenv(variable)))
                .orElse("");
    }

    /** What a missing tool means for a test that needs it. */
    enum Policy {
        OPTIONAL,
        REQUIRED,
        HIDDEN;

        private static Policy of(String setting) {
            return switch (setting) {
                case "" -> OPTIONAL;
                case "required" -> REQUIRED;
                case "hidden" -> HIDDEN;
                default ->
                    throw new IllegalArgumentException(
                            "FLOSSE_TOOLS is '" + setting + "'; it may be 'required' or 'hidden', or not set");
            };
        }
    }
}
