package io.flosse.tools;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.platform.engine.discovery.DiscoverySelectors.selectClass;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.platform.engine.TestExecutionResult;
import org.junit.platform.testkit.engine.EngineExecutionResults;
import org.junit.platform.testkit.engine.EngineTestKit;
import org.junit.platform.testkit.engine.EventType;

/** {@link NeedsTools}: how tests behave if a program that they need is missing. */
class NeedsToolsTest {

    private static final List<String> CALLS = new ArrayList<>();

    @TempDir
    private Path folder;

    private final ByteArrayOutputStream printed = new ByteArrayOutputStream();

    /** Like the browser tests: its cleanup fails if the setup did not run. */
    @NeedsTools({Tool.CHROMIUM, Tool.CHROMEDRIVER})
    static class InABrowser {

        @BeforeAll
        static void prepare() {
            CALLS.add("prepare with " + Tool.CHROMIUM.path());
        }

        @AfterAll
        static void tidy() {
            CALLS.add("tidy");
        }

        @BeforeEach
        void open() {
            CALLS.add("open");
        }

        @AfterEach
        void close() {
            CALLS.add("close");
        }

        @Test
        void shows() {
            CALLS.add("test");
        }

        @Test
        @NeedsTools(Tool.CURL)
        void showsWhatCurlReads() {
            CALLS.add("test with " + Tool.CURL.path() + " and " + Tool.CHROMEDRIVER.path());
        }
    }

    static class Mixed {

        @Test
        void needsNothing() {
            CALLS.add("nothing");
        }

        @Test
        @NeedsTools(Tool.NGINX)
        void startsNginx() {
            CALLS.add("nginx at " + Tool.NGINX.path());
        }
    }

    static class WithoutDeclaration {

        @Test
        void startsNginx() {
            CALLS.add(Tool.NGINX.path());
        }

        @Test
        @NeedsTools(Tool.CURL)
        void startsNginxBesides() {
            CALLS.add(Tool.NGINX.path());
        }
    }

    @NeedsTools(Tool.STRACE)
    static class NotPermitted {

        @Test
        void attaches() {
            throw ToolPolicy.notPermitted("This test needs strace, which may not attach to a process here");
        }
    }

    @NeedsTools(value = Tool.IP, asRoot = true)
    static class ForRoot {

        @Test
        void makesNetworks() {
            CALLS.add("networks");
        }
    }

    private void install(Tool... tools) throws IOException {
        for (Tool tool : tools) {
            Path program = Files.createFile(folder.resolve(tool.program()));
            assertThat(program.toFile().setExecutable(true)).isTrue();
        }
    }

    private EngineExecutionResults run(Class<?> test, String policy) {
        return run(test, policy, "ann");
    }

    private EngineExecutionResults run(Class<?> test, String policy, String user) {
        CALLS.clear();
        PrintStream out = System.out;
        System.setOut(new PrintStream(printed, true, StandardCharsets.UTF_8));
        try {
            return EngineTestKit.engine("junit-jupiter")
                    .selectors(selectClass(test))
                    .configurationParameter("flosse.tools", policy)
                    .configurationParameter("flosse.tools.path", folder.toString())
                    .configurationParameter("user.name", user)
                    .execute();
        } finally {
            System.setOut(out);
        }
    }

    private static List<String> skips(EngineExecutionResults results) {
        return results.allEvents()
                .filter(event -> event.getType() == EventType.SKIPPED)
                .map(event -> event.getRequiredPayload(String.class))
                .toList();
    }

    private static List<String> failures(EngineExecutionResults results) {
        return results.allEvents()
                .filter(event -> event.getType() == EventType.FINISHED)
                .map(event ->
                        event.getRequiredPayload(TestExecutionResult.class).getThrowable())
                .flatMap(Optional::stream)
                .map(NeedsToolsTest::messages)
                .toList();
    }

    private static String messages(Throwable thrown) {
        return thrown.getMessage() + (thrown.getCause() == null ? "" : " " + messages(thrown.getCause()));
    }

    @Test
    void testWithMissingToolsIsSkippedBeforeSetUpAndNamesThem() {
        EngineExecutionResults results = run(InABrowser.class, "");
        assertThat(skips(results))
                .containsExactly("This test needs chromedriver and chromium, which are not on the PATH");
        assertThat(CALLS).isEmpty();
        assertThat(failures(results)).isEmpty();
        assertThat(printed.toString(StandardCharsets.UTF_8))
                .isEqualToNormalizingNewlines("SKIPPED " + InABrowser.class.getName()
                        + ": This test needs chromedriver and chromium, which are not on the PATH\n");
    }

    @Test
    void onlyMissingToolsAreNamed() throws IOException {
        install(Tool.CHROMEDRIVER);
        assertThat(skips(run(InABrowser.class, "")))
                .containsExactly("This test needs chromium, which is not on the PATH");
    }

    @Test
    void testsOfTheClassWithoutToolsStillRun() {
        EngineExecutionResults results = run(Mixed.class, "");
        assertThat(skips(results)).containsExactly("This test needs nginx, which is not on the PATH");
        assertThat(CALLS).containsExactly("nothing");
        assertThat(failures(results)).isEmpty();
    }

    @Test
    void testWithAvailableToolsRuns() throws IOException {
        install(Tool.CHROMEDRIVER, Tool.CHROMIUM, Tool.CURL, Tool.NGINX);
        EngineExecutionResults results = run(InABrowser.class, "");
        assertThat(failures(results)).isEmpty();
        assertThat(CALLS)
                .startsWith("prepare with " + folder.resolve("chromium"))
                .contains("test", "test with " + folder.resolve("curl") + " and " + folder.resolve("chromedriver"))
                .endsWith("tidy");
        run(Mixed.class, "");
        assertThat(CALLS).containsExactlyInAnyOrder("nothing", "nginx at " + folder.resolve("nginx"));
    }

    @Test
    void missingToolFailsTheTestIfToolsAreRequired() {
        EngineExecutionResults results = run(InABrowser.class, "required");
        assertThat(skips(results)).isEmpty();
        assertThat(failures(results))
                .singleElement()
                .asString()
                .contains("This test needs chromedriver and chromium, which are not on the PATH");
        assertThat(CALLS).isEmpty();
    }

    @Test
    void foundToolFailsTheTestIfToolsAreHidden() throws IOException {
        install(Tool.CHROMIUM);
        EngineExecutionResults results = run(InABrowser.class, "hidden");
        assertThat(failures(results))
                .singleElement()
                .asString()
                .contains("FLOSSE_TOOLS=hidden, but these programs were found: [" + folder.resolve("chromium") + "]");
        assertThat(CALLS).isEmpty();
    }

    @Test
    void testForRootIsSkippedForOtherUsers() throws IOException {
        install(Tool.IP);
        assertThat(skips(run(ForRoot.class, "required", "ann"))).containsExactly("This test needs to run as root");
        assertThat(CALLS).isEmpty();
        assertThat(skips(run(ForRoot.class, "required", "root"))).isEmpty();
        assertThat(CALLS).containsExactly("networks");
    }

    @Test
    void testsThatNeedToolsHaveTheToolsTag() {
        assertThat(run(Mixed.class, "").testEvents().list())
                .extracting(event -> event.getTestDescriptor().getTags().toString())
                .contains("[tools]", "[]");
    }

    @Test
    void unknownPolicyIsRejected() {
        assertThat(failures(run(Mixed.class, "perhaps")))
                .singleElement()
                .asString()
                .contains("FLOSSE_TOOLS is 'perhaps'; it may be 'required' or 'hidden', or not set");
    }

    @Test
    void undeclaredToolFailsTheTestEvenIfInstalled() throws IOException {
        install(Tool.NGINX, Tool.CURL);
        assertThat(failures(run(WithoutDeclaration.class, "")))
                .hasSize(2)
                .allMatch(words -> words.contains("A test that starts nginx says so first, on its method or class:"
                        + " @NeedsTools(Tool.NGINX)"));
        assertThat(CALLS).isEmpty();
    }

    @Test
    void toolCannotBeStartedAfterItsTestHasEnded() throws IOException {
        install(Tool.NGINX, Tool.STRACE);
        run(Mixed.class, "");
        assertThatThrownBy(Tool.NGINX::path).isInstanceOf(IllegalStateException.class);
        run(NotPermitted.class, "");
        assertThatThrownBy(Tool.STRACE::path).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void missingSystemPermissionSkipsTheTestOrFailsItIfToolsAreRequired() throws IOException {
        String sentence = "This test needs strace, which may not attach to a process here";
        install(Tool.STRACE);
        assertThat(failures(run(NotPermitted.class, "")))
                .singleElement()
                .asString()
                .contains(sentence);
        run(NotPermitted.class, "")
                .testEvents()
                .assertStatistics(stats -> stats.aborted(1).failed(0));
        run(NotPermitted.class, "required")
                .testEvents()
                .assertStatistics(stats -> stats.aborted(0).failed(1));
    }
}
