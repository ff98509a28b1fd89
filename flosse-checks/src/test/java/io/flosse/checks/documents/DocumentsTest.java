package io.flosse.checks.documents;

import static org.assertj.core.api.Assertions.assertThat;

import io.flosse.Generator;
import io.flosse.examples.fixture.Document;
import io.flosse.examples.fixture.Document.Block;
import io.flosse.examples.fixture.TestServer;
import io.flosse.helidon.Flosse;
import io.flosse.helidon.FlosseFeature;
import io.flosse.helidon.SseRoute;
import io.helidon.common.media.type.MediaTypes;
import io.helidon.config.Config;
import io.helidon.config.ConfigSources;
import io.helidon.webserver.WebServerConfig;
import jakarta.json.Json;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.StringReader;
import java.lang.reflect.Field;
import java.lang.reflect.Method;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.function.ThrowingConsumer;
import org.junit.jupiter.api.io.TempDir;

/** The code of the documents compiles, runs, and has the documented output. */
class DocumentsTest {

    private static final Document README = Document.page("README.md");
    private static final Document GETTING_STARTED = Document.page("docs/getting-started.md");
    private static final Document YIELDING = Document.page("docs/yielding.md");

    /** Languages of code blocks that tests check. Blocks of {@code text} are diagrams and frames. */
    private static final Set<String> LANGUAGES = Set.of(
            "java",
            "console",
            "js",
            "json",
            "sh",
            "xml",
            "yaml",
            "yml",
            "nginx",
            "haproxy",
            "apache",
            "vcl",
            "caddyfile",
            "dockerfile",
            "ini",
            "text",
            "");

    @TempDir
    Path folder;

    /** Returns a test for each block of a language, named after its location. */
    private static Stream<DynamicTest> eachBlock(String language, ThrowingConsumer<Block> test) {
        List<Block> blocks = Document.all().stream()
                .flatMap(page -> page.blocks(language).stream())
                .toList();
        assertThat(blocks).as("code blocks of the language " + language).isNotEmpty();
        return blocks.stream()
                .map(block -> DynamicTest.dynamicTest(block.location(), () -> {
                    try {
                        test.accept(block);
                    } catch (Throwable e) {
                        throw new AssertionError(
                                "The code block at " + block.location() + " is invalid: " + e.getMessage(), e);
                    }
                }));
    }

    @TestFactory
    Stream<DynamicTest> everyJavaBlockCompiles() {
        return eachBlock("java", block -> {
            String name = "Block" + block.location().replaceAll("\\W", "_");
            Path classes = Files.createDirectories(folder.resolve(name));
            new Snippets(classes).compile(Snippets.source(block.text(), name), block.location());
        });
    }

    @TestFactory
    Stream<DynamicTest> everyXmlBlockIsWellFormed() {
        return eachBlock(
                "xml",
                block -> DocumentBuilderFactory.newInstance()
                        .newDocumentBuilder()
                        .parse(new ByteArrayInputStream(block.text().getBytes(StandardCharsets.UTF_8))));
    }

    @TestFactory
    Stream<DynamicTest> everyJsonBlockIsWellFormed() {
        return eachBlock(
                "json",
                block -> Json.createReader(new StringReader(block.text())).readValue());
    }

    @TestFactory
    Stream<DynamicTest> everyYamlBlockConfiguresAServerWithTcpNoDelay() {
        return eachBlock("yaml", block -> {
            Config server = Config.just(ConfigSources.create(block.text(), MediaTypes.APPLICATION_YAML))
                    .get("server");
            WebServerConfig settings = WebServerConfig.builder().config(server).buildPrototype();
            assertThat(settings.connectionOptions().tcpNoDelay()).isTrue();
            FlosseFeature.builder().config(server.get("features.flosse"));
        });
    }

    /** Blocks of {@code yml} are not settings of a server. */
    @TestFactory
    Stream<DynamicTest> everyYmlBlockIsYaml() {
        return eachBlock(
                "yml",
                block -> assertThat(Config.just(ConfigSources.create(block.text(), MediaTypes.APPLICATION_YAML))
                                .asMap()
                                .get())
                        .isNotEmpty());
    }

    @Test
    void everyBlockHasAKnownLanguage() {
        for (Document page : Document.all()) {
            boolean inBlock = false;
            for (int i = 0; i < page.lines().size(); i++) {
                String line = page.lines().get(i);
                if (line.startsWith("```")) {
                    inBlock = !inBlock;
                    assertThat(LANGUAGES).as(page.name() + ":" + (i + 1)).contains(line.substring(3));
                }
            }
            assertThat(inBlock)
                    .as("a code block without an end in " + page.name())
                    .isFalse();
        }
    }

    /** Checks the profiles of the root POM and of the project that the documents show. */
    @Test
    void everyDocumentedProfileExists() throws IOException {
        String poms = Files.readString(Document.ROOT.resolve("pom.xml"));
        Set<String> used = new HashSet<>();
        for (Document page : Document.all()) {
            for (MatchResult profile : Pattern.compile("mvnw?[^`\n]* -P(\\w+)")
                    .matcher(page.text())
                    .results()
                    .toList()) {
                used.add(profile.group(1));
                assertThat(poms).as(page.name()).contains("<id>" + profile.group(1) + "</id>");
            }
        }
        assertThat(used).contains("examples", "benchmarks", "native", "aot", "measure");
    }

    @Test
    void programOfTheReadmeHasTheDocumentedOutput() throws Exception {
        Map<String, String> documented = new TreeMap<>();
        for (List<String> row : YIELDING.table("| header | value | why |")) {
            documented.put(Document.code(row.get(0)).toLowerCase(Locale.ROOT), Document.code(row.get(1)));
        }
        DocumentProgram.run(README, folder, address -> {
            Map<String, String> headers = new TreeMap<>();
            assertDocumentedOutput(README, address)
                    .headers()
                    .map()
                    .forEach((name, values) -> headers.put(name, String.join(",", values)));
            headers.keySet().removeAll(Set.of("date", "transfer-encoding"));
            assertThat(headers).isEqualTo(documented);
        });
    }

    @Test
    void programOfGettingStartedHasTheDocumentedOutputAndAPage() throws Exception {
        DocumentProgram.run(GETTING_STARTED, folder, address -> {
            assertDocumentedOutput(GETTING_STARTED, address);
            HttpResponse<String> page = TestServer.send(HttpRequest.newBuilder(URI.create(address + "/")));
            assertThat(page.headers().firstValue("Content-Type"))
                    .hasValueSatisfying(type -> assertThat(type).startsWith("text/html"));
            assertThat(page.body()).contains("new EventSource(\"/progress\")");
        });
    }

    private static HttpResponse<String> assertDocumentedOutput(Document page, String address) throws Exception {
        String[] console = page.block("console").split("\n", 2);
        assertThat(console[0]).startsWith("$ curl -N http://localhost:8080/");
        String path = console[0].substring(console[0].lastIndexOf('/'));
        HttpResponse<String> response = TestServer.send(HttpRequest.newBuilder(URI.create(address + path)));
        assertThat(response.body()).isEqualTo(console[1]);
        return response;
    }

    @Test
    void everyYieldWritesTheDocumentedFrame() throws Exception {
        List<List<String>> rows = YIELDING.table("| call | on the wire |");
        StringBuilder calls = new StringBuilder();
        StringBuilder frames = new StringBuilder(":\n");
        for (List<String> row : rows) {
            calls.append(Document.code(row.get(0))).append(";\n");
            frames.append(Document.codeLines(row.get(1))).append('\n');
        }
        SseRoute route = Flosse.stream(generator(calls.toString())).noEndEvent();
        try (TestServer server = TestServer.start(routing -> routing.get("/", route))) {
            assertThat(TestServer.send(server.request("/")).body()).isEqualTo(frames.toString());
        }
    }

    private Generator generator(String body) throws ReflectiveOperationException {
        String source = Snippets.source(body, "Calls");
        Class<?> calls = new Snippets(folder).compile(source, YIELDING.name() + ", the table of calls");
        Method run = calls.getDeclaredMethod("run");
        run.setAccessible(true);
        Field field = calls.getDeclaredField("sink");
        field.setAccessible(true);
        Object instance = calls.getDeclaredConstructor().newInstance();
        return (request, sink) -> {
            field.set(instance, sink);
            run.invoke(instance);
        };
    }
}
