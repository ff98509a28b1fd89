package io.flosse.examples.proxies;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.flosse.examples.fixture.Deadline;
import io.flosse.examples.fixture.Document;
import io.flosse.examples.fixture.ReverseProxy;
import io.flosse.helidon.internal.transport.HelidonLine;
import io.flosse.tools.NeedsTools;
import io.flosse.tools.Tool;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Each {@link Check} with each proxy. The run writes the table of docs/deployment.md to {@code target/proxies.md}, and fails if
 * the page has another one.
 */
@NeedsTools(Tool.CURL)
@Timeout(60)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class ProxiesIT {

    @BeforeAll
    static void assumeHelidonOfTheTable() {
        assumeTrue(
                HelidonLine.SENT_BY_COMMIT,
                "This test needs Helidon 4.5.0, with which the table of docs/deployment.md is made");
    }

    private static final Map<DocumentedProxy, Map<Check, String>> MEASURED = new EnumMap<>(DocumentedProxy.class);

    @TempDir
    private Path folder;

    private void measure(DocumentedProxy proxy, Check check) throws Exception {
        String cell = check.measure(proxy, folder);
        assertThat(cell).isNotBlank();
        MEASURED.computeIfAbsent(proxy, key -> new EnumMap<>(Check.class)).put(check, cell);
    }

    @ParameterizedTest
    @EnumSource
    @NeedsTools(Tool.NGINX)
    void nginx(Check check) throws Exception {
        measure(DocumentedProxy.NGINX, check);
    }

    @ParameterizedTest
    @EnumSource
    @NeedsTools(Tool.HAPROXY)
    void haproxy(Check check) throws Exception {
        measure(DocumentedProxy.HAPROXY, check);
    }

    @ParameterizedTest
    @EnumSource
    @NeedsTools(Tool.APACHE2)
    void apache(Check check) throws Exception {
        measure(DocumentedProxy.APACHE, check);
    }

    @ParameterizedTest
    @EnumSource
    @NeedsTools(Tool.VARNISHD)
    void varnish(Check check) throws Exception {
        measure(DocumentedProxy.VARNISH, check);
    }

    @ParameterizedTest
    @EnumSource
    @NeedsTools(Tool.CADDY)
    void caddy(Check check) throws Exception {
        measure(DocumentedProxy.CADDY, check);
    }

    @Test
    @Order(Integer.MAX_VALUE)
    @NeedsTools({Tool.NGINX, Tool.HAPROXY, Tool.APACHE2, Tool.VARNISHD, Tool.CADDY})
    void thePageHasTheMeasuredTable() throws Exception {
        String header = Arrays.stream(DocumentedProxy.values())
                .map(DocumentedProxy::title)
                .collect(Collectors.joining(" | ", "| | ", " |"));
        String rows = Arrays.stream(Check.values()).map(ProxiesIT::row).collect(Collectors.joining("\n"));
        String table = header + "\n|---|---|---|---|---|---|\n" + rows + "\n";
        Files.writeString(Path.of("target", "proxies.md"), table);
        assertThat(rows).as("a cell without a measurement").doesNotContain("|  |");
        assertThat(Document.page("docs/deployment.md").text())
                .as("docs/deployment.md must have the table of target/proxies.md")
                .contains(table);
    }

    private static String row(Check check) {
        return Arrays.stream(DocumentedProxy.values())
                .map(proxy -> MEASURED.getOrDefault(proxy, Map.of()).getOrDefault(check, ""))
                .collect(Collectors.joining(" | ", "| " + check.title() + " | ", " |"));
    }

    /** Helidon closes a connection with an HTTP/1.0 request without a response, so the server would count as down. */
    @Test
    @NeedsTools(Tool.HAPROXY)
    void haproxyNeedsHttp11ForItsHealthCheck() throws Exception {
        String block = DocumentedProxy.HAPROXY.block();
        assertThat(block).contains(" ver HTTP/1.1", " check inter 1s");
        String old =
                block.replace(" ver HTTP/1.1", " ver HTTP/1.0").replace(" check inter 1s", " check inter 100ms fall 1");
        try (ProxiedServer server = ProxiedServer.start(0);
                ReverseProxy down = DocumentedProxy.HAPROXY.start(folder, server.port(), old)) {
            Deadline.await(() -> status(down) == 503, "haproxy to call the server down");
            String soon = old.replace(" ver HTTP/1.0", " ver HTTP/1.1");
            try (ReverseProxy up = DocumentedProxy.HAPROXY.start(folder, server.port(), soon)) {
                Deadline.await(() -> status(up) == 200, "haproxy to call the server up");
            }
        }
    }

    private static int status(ReverseProxy proxy) throws Exception {
        try (StreamResponse stream = StreamResponse.get(proxy.port(), "/sse/version", "Accept", "*/*")) {
            return stream.status();
        }
    }

    @Test
    @NeedsTools(Tool.HAPROXY)
    void haproxyEndsConnectionsWithoutACompleteHead() throws Exception {
        String block = DocumentedProxy.HAPROXY.block();
        assertThat(block).contains("timeout http-request 10s");
        String soon = block.replace("http-request 10s", "http-request 300ms");
        try (ProxiedServer server = ProxiedServer.start(0);
                ReverseProxy proxy = DocumentedProxy.HAPROXY.start(folder, server.port(), soon)) {
            String half = "GET /sse/version HTTP/1.1\r\nHost: h\r\nX-Slow: ";
            assertThat(Check.statusLine(proxy.port(), half)).startsWith("HTTP/1.1 408 ");
        }
    }
}
