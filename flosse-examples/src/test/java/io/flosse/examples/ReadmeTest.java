package io.flosse.examples;

import static org.assertj.core.api.Assertions.assertThat;

import io.flosse.Generator;
import io.flosse.helidon.Flosse;
import io.flosse.helidon.SseRoute;
import io.flosse.tools.Command;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.lang.reflect.Field;
import java.lang.reflect.Method;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Holds README.md true: the code that it shows is compiled, run, and compared with what it prints. */
class ReadmeTest {

    private static final Readme README = Readme.read();

    @TempDir
    Path folder;

    @Test
    void everyJavaBlockCompiles() {
        Snippets snippets = new Snippets(folder);
        List<String> blocks = README.blocks("java");
        assertThat(blocks).hasSizeGreaterThan(4);
        for (int i = 0; i < blocks.size(); i++) {
            snippets.compile(Snippets.source(blocks.get(i), "Block" + i));
        }
    }

    @Test
    void theFirstProgramPrintsWhatIsShown() throws Exception {
        String[] console = README.blocks("console").getFirst().split("\n", 2);
        assertThat(console[0]).startsWith("$ curl -N http://localhost:8080/");
        String path = console[0].substring(console[0].lastIndexOf('/'));
        HttpResponse<String> response = runFirstProgram(path);
        assertThat(response.body()).isEqualTo(console[1]);
        Map<String, String> headers = new TreeMap<>();
        response.headers().map().forEach((name, values) -> headers.put(name, String.join(",", values)));
        headers.keySet().removeAll(Set.of("date", "transfer-encoding"));
        Map<String, String> shown = new TreeMap<>();
        for (List<String> row : README.table("| header | value | why |")) {
            shown.put(Readme.code(row.get(0)).toLowerCase(Locale.ROOT), Readme.code(row.get(1)));
        }
        assertThat(headers).isEqualTo(shown);
    }

    /** In a JVM of its own and as it stands, but for the port. */
    private HttpResponse<String> runFirstProgram(String path) throws Exception {
        String source = README.blocks("java").getFirst();
        assertThat(source).contains(".port(8080)");
        Class<?> program = new Snippets(folder).compile(source.replace(".port(8080)", ".port(0)"));
        String classPath = folder + System.getProperty("path.separator") + Snippets.CLASS_PATH;
        Process process = Command.ofJdk("java", "-cp", classPath, program.getName())
                .process()
                .start();
        try (BufferedReader log =
                new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
            return TestServer.send(HttpRequest.newBuilder(URI.create("http://localhost:" + port(log) + path)));
        } finally {
            process.destroy();
            process.waitFor();
        }
    }

    private static String port(BufferedReader log) throws IOException {
        Pattern bound = Pattern.compile("http://\\S+:(\\d+) bound");
        StringBuilder all = new StringBuilder();
        for (String line = log.readLine(); line != null; line = log.readLine()) {
            Matcher matcher = bound.matcher(line);
            if (matcher.find()) {
                return matcher.group(1);
            }
            all.append(line).append('\n');
        }
        throw new AssertionError("The program ended before it listened:\n" + all);
    }

    @Test
    void everyYieldIsOnTheWireAsTheTableShows() throws Exception {
        List<List<String>> rows = README.table("| call | on the wire |");
        StringBuilder calls = new StringBuilder();
        StringBuilder wire = new StringBuilder(":\n\n");
        for (List<String> row : rows) {
            calls.append(Readme.code(row.get(0))).append(";\n");
            wire.append(Readme.codeLines(row.get(1))).append('\n');
        }
        SseRoute route = Flosse.stream(generator(calls.toString())).noEndEvent();
        try (TestServer server = TestServer.start(routing -> routing.get("/", route))) {
            assertThat(TestServer.send(server.request("/")).body()).isEqualTo(wire.toString());
        }
    }

    private Generator generator(String body) throws ReflectiveOperationException {
        String source = Snippets.source(body, "Calls");
        Class<?> calls = new Snippets(folder).compile(source);
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
