package io.flosse.examples.clients;

import static org.assertj.core.api.Assertions.assertThat;

import com.launchdarkly.eventsource.ConnectStrategy;
import dev.langchain4j.model.anthropic.AnthropicStreamingChatModel;
import dev.langchain4j.model.openai.OpenAiStreamingChatModel;
import io.flosse.examples.fixture.Browser;
import io.flosse.examples.fixture.Deadline;
import io.flosse.examples.fixture.Document;
import io.flosse.examples.fixture.NpmPackages;
import io.flosse.tools.Command;
import io.flosse.tools.NeedsTools;
import io.flosse.tools.Tool;
import jakarta.json.Json;
import jakarta.json.JsonReader;
import jakarta.json.JsonValue;
import java.io.IOException;
import java.io.StringReader;
import java.net.http.HttpClient;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import okhttp3.sse.EventSources;
import org.glassfish.jersey.client.JerseyClient;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.springframework.web.reactive.function.client.WebClient;

/**
 * Real clients read the same streams, and the tables of docs/clients.md say what each of them does. The run writes the tables to
 * {@code target/clients.md}.
 */
@NeedsTools({Tool.CHROMEDRIVER, Tool.CHROMIUM, Tool.NODE, Tool.NPM})
@Timeout(value = 8, unit = TimeUnit.MINUTES)
class ClientsIT {

    private static final Path TABLES = Path.of("target", "clients.md");

    /** The markers around the tables in docs/clients.md. */
    private static final String BEGIN = "<!-- The tables of ClientsIT -->\n";

    private static final String END = "<!-- The end of the tables -->\n";

    private static final List<Client> CLIENTS = List.of(
            browser("chromium", "`EventSource` of Chromium", Protocol.SSE, ""),
            browser("htmx-2", "htmx %s, `sse-close=\"end\"`", Protocol.SSE, "htmx-2"),
            browser("htmx-4", "htmx %s, `hx-sse:close=\"end\"`", Protocol.SSE, "htmx-4"),
            browser("datastar", "Datastar %s", Protocol.DATASTAR, "@starfederation/datastar"),
            browser("fetch-event-source", "fetch-event-source %s", Protocol.SSE, "@microsoft/fetch-event-source"),
            browser("event-source-polyfill", "event-source-polyfill %s", Protocol.SSE, "event-source-polyfill"),
            node("eventsource-4", "eventsource %s", Protocol.SSE, "eventsource"),
            node("eventsource-2", "eventsource %s", Protocol.SSE, "eventsource-2"),
            node("undici", "`EventSource` of undici %s", Protocol.SSE, "undici"),
            node("eventsource-client", "eventsource-client %s", Protocol.SSE, "eventsource-client"),
            node("eventsource-parser", "`fetch` and eventsource-parser %s", Protocol.SSE, "eventsource-parser"),
            node("openai", "openai %s", Protocol.OPENAI, "openai"),
            node("anthropic", "@anthropic-ai/sdk %s", Protocol.ANTHROPIC, "@anthropic-ai/sdk"),
            node("ai", "`DefaultChatTransport` of ai %s", Protocol.AI_SDK, "ai"),
            node("mcp", "@modelcontextprotocol/sdk %s", Protocol.MCP, "@modelcontextprotocol/sdk"),
            node("ag-ui", "@ag-ui/client %s", Protocol.AG_UI, "@ag-ui/client"),
            java(
                    "jdk",
                    "`HttpClient` of the JDK, HTTP/1.1",
                    Protocol.SSE,
                    JavaClient.jdk(HttpClient.Version.HTTP_1_1),
                    null),
            java("jdk-h2c", "`HttpClient` of the JDK", Protocol.SSE, JavaClient.jdk(HttpClient.Version.HTTP_2), null),
            java("okhttp-sse", "okhttp-sse %s", Protocol.SSE, JavaClient.okhttpSse(), EventSources.class),
            java(
                    "okhttp-eventsource",
                    "okhttp-eventsource %s",
                    Protocol.SSE,
                    JavaClient.okhttpEventSource(),
                    ConnectStrategy.class),
            java("jersey", "Jersey %s", Protocol.SSE, JavaClient.jersey(), JerseyClient.class),
            java("web-client", "`WebClient` of Spring %s", Protocol.SSE, JavaClient.webClient(), WebClient.class),
            java(
                    "langchain4j-open-ai",
                    "langchain4j-open-ai %s",
                    Protocol.OPENAI,
                    JavaClient.langchainOpenAi(),
                    OpenAiStreamingChatModel.class),
            java(
                    "langchain4j-anthropic",
                    "langchain4j-anthropic %s",
                    Protocol.ANTHROPIC,
                    JavaClient.langchainAnthropic(),
                    AnthropicStreamingChatModel.class));

    /** What the clients showed, by client and scenario. */
    private static final Map<String, Map<String, Observation>> OBSERVED = new ConcurrentHashMap<>();

    private static ScenarioServer server;

    /** A client and how it runs: {@code script} names those that run in Node or a browser. */
    private record Client(
            String id,
            String title,
            Protocol protocol,
            Callable<String> version,
            @Nullable Runner runner) {

        String row(Cell.Group group) throws Exception {
            String name = title.formatted(version.call());
            return Cell.of(group).map(this::cell).collect(Collectors.joining(" | ", "| " + name + " | ", " |\n"));
        }

        String cell(Cell cell) {
            Observation shown = OBSERVED.get(id).get(cell.scenario);
            return shown == null ? "" : cell.verdict(shown, server.visits(id, cell.scenario));
        }
    }

    /** Runs the scenarios of one client, and returns what it showed. */
    private interface Runner {
        Map<String, Observation> run(String id) throws Exception;
    }

    private static Client browser(String id, String title, Protocol protocol, String npmPackage) {
        return new Client(id, title, protocol, () -> npmPackage.isEmpty() ? "" : NpmPackages.version(npmPackage), null);
    }

    private static Client node(String id, String title, Protocol protocol, String npmPackage) {
        return new Client(id, title, protocol, () -> NpmPackages.version(npmPackage), ClientsIT::runInNode);
    }

    private static Client java(
            String id, String title, Protocol protocol, JavaClient client, @Nullable Class<?> library) {
        return new Client(
                id, title, protocol, () -> library == null ? "" : version(library), name -> runHere(name, client));
    }

    /** Returns the version in the name of the jar that contains a class. */
    private static String version(Class<?> library) {
        return library.getProtectionDomain()
                .getCodeSource()
                .getLocation()
                .getPath()
                .replaceFirst(".*-([0-9.]+)\\.jar", "$1");
    }

    @BeforeAll
    static void runAll() throws Exception {
        NpmPackages.install();
        server = new ScenarioServer(
                CLIENTS.stream().collect(Collectors.toMap(Client::id, Client::protocol)), NpmPackages.FOLDER);
        try (ExecutorService threads = Executors.newFixedThreadPool(4)) {
            Map<String, Future<Map<String, Observation>>> running = new LinkedHashMap<>();
            for (Client client : CLIENTS) {
                if (client.runner != null) {
                    running.put(client.id, threads.submit(() -> client.runner.run(client.id)));
                }
            }
            try (Browser browser = Browser.start()) {
                for (Client client : CLIENTS) {
                    if (client.runner == null) {
                        OBSERVED.put(client.id, result(client.id, () -> runInBrowser(browser, client.id)));
                    }
                }
            }
            for (Map.Entry<String, Future<Map<String, Observation>>> client : running.entrySet()) {
                OBSERVED.put(client.getKey(), result(client.getKey(), client.getValue()::get));
            }
        }
        Files.writeString(TABLES, tables());
    }

    @AfterAll
    static void stop() throws IOException {
        if (server != null) {
            server.close();
        }
    }

    /** A client that fails leaves its cells empty, so that the others are reported too. */
    private static Map<String, Observation> result(String id, Callable<Map<String, Observation>> run) {
        try {
            return run.call();
        } catch (Exception | AssertionError e) {
            System.out.println("The client " + id + " failed: " + e);
            return Map.of();
        }
    }

    private static Map<String, Observation> runInNode(String id) throws IOException, InterruptedException {
        String script = NpmPackages.FOLDER.resolve("node-clients.mjs").toString();
        return reports(Command.of(Tool.NODE, script, id, server.uri(id))
                .run()
                .lines()
                .filter(line -> line.startsWith("{\"scenario\""))
                .map(ClientsIT::json)
                .toList());
    }

    private static Map<String, Observation> runInBrowser(Browser browser, String id) {
        browser.go(server.uri("files/page.html?client=" + id));
        for (int done = 0; done < ScenarioServer.SCENARIOS.size(); done++) {
            int wanted = done + 1;
            Deadline.await(
                    () -> browser.run(
                                    "return (window.results?.length ?? 0) >= arguments[0] || !!window.failure", wanted)
                            .equals("true"),
                    "scenario " + wanted + " of " + id);
        }
        assertThat(browser.run("return window.failure ?? ''")).as(id).isEmpty();
        return reports(
                json(browser.run("return JSON.stringify(window.results)")).asJsonArray());
    }

    private static Map<String, Observation> reports(List<JsonValue> reports) {
        return reports.stream()
                .map(JsonValue::asJsonObject)
                .collect(Collectors.toMap(report -> report.getString("scenario"), Observation::of));
    }

    private static Map<String, Observation> runHere(String id, JavaClient client) throws InterruptedException {
        Map<String, Observation> shown = new HashMap<>();
        for (String scenario : ScenarioServer.SCENARIOS) {
            int max = scenario.equals("abort") ? 3 : Integer.MAX_VALUE;
            shown.put(scenario, JavaClient.observe(client, server.uri(id) + "/" + scenario, max));
            if (scenario.equals("abort")) {
                server.awaitLeft(id);
            }
        }
        return shown;
    }

    private static JsonValue json(String text) {
        try (JsonReader reader = Json.createReader(new StringReader(text))) {
            return reader.readValue();
        }
    }

    private static String tables() throws Exception {
        StringBuilder tables = new StringBuilder();
        for (Cell.Group group : Cell.Group.values()) {
            tables.append(Cell.of(group)
                    .map(cell -> cell.title)
                    .collect(Collectors.joining(" | ", "| " + group.title + " | ", " |\n")));
            tables.append("|---".repeat(1 + (int) Cell.of(group).count())).append("|\n");
            for (Client client : CLIENTS) {
                tables.append(client.row(group));
            }
            tables.append('\n');
        }
        return tables.toString().stripTrailing() + "\n";
    }

    /** A cell is empty if the client failed, and starts with "no:" if it did what none should do. */
    @Test
    void everyCellSaysWhatTheClientDoes() {
        assertThat(CLIENTS.stream()
                        .flatMap(client -> Arrays.stream(Cell.values())
                                .filter(cell -> client.cell(cell).isBlank()
                                        || client.cell(cell).startsWith("no:"))
                                .map(cell -> client.id + ", " + cell.title + ": " + client.cell(cell))))
                .isEmpty();
    }

    @Test
    void heartbeatsWereSentToEveryClient() {
        assertThat(server.heartbeats()).isGreaterThan(CLIENTS.size());
    }

    @Test
    void documentHasTheTablesOfTheRun() throws IOException {
        String page = Document.page("docs/clients.md").text() + "\n";
        assertThat(page.substring(page.indexOf(BEGIN) + BEGIN.length(), page.indexOf(END))
                        .strip())
                .as("the tables of docs/clients.md; copy those of flosse-examples/" + TABLES)
                .isEqualTo(Files.readString(TABLES).strip());
    }
}
