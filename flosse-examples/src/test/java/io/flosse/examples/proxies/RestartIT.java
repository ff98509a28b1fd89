package io.flosse.examples.proxies;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.flosse.SseEvent;
import io.flosse.channel.Channel;
import io.flosse.channel.Channels;
import io.flosse.examples.fixture.Browser;
import io.flosse.examples.fixture.Deadline;
import io.flosse.examples.fixture.ExamplesServer;
import io.flosse.examples.fixture.ReverseProxy;
import io.flosse.examples.proxies.DocumentedProxy.Mode;
import io.flosse.helidon.internal.transport.HelidonLine;
import io.flosse.redis.FlosseRedis;
import io.flosse.redis.fixture.TestRedis;
import io.flosse.tools.NeedsTools;
import io.flosse.tools.Tool;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.openqa.selenium.WebDriver;
import org.openqa.selenium.WindowType;

/**
 * A restart of the server that no browser notices: an EventSource behind each proxy goes on by itself, and receives every event
 * of a channel on Redis once and in order.
 */
@NeedsTools({Tool.CHROMIUM, Tool.CHROMEDRIVER, Tool.NGINX, Tool.HAPROXY, Tool.APACHE2, Tool.VARNISHD, Tool.CADDY})
@Timeout(110)
class RestartIT {

    @BeforeAll
    static void assumeHelidonOfTheTable() {
        assumeTrue(
                HelidonLine.SENT_BY_COMMIT,
                "This test needs Helidon 4.5.0, with which the table of docs/deployment.md is made");
    }

    private static final int BEFORE = 5;

    /** Events that are published while the server is down, one every half second. */
    private static final int DOWN = 20;

    private static final int AFTER = 5;

    private static final String LISTEN = """
            window.received = [];
            window.opens = 0;
            window.source = new EventSource('/sse/channels/restart');
            window.source.onopen = () => window.opens++;
            window.source.onmessage = event => window.received.push(event.data);
            """;

    private final Map<DocumentedProxy, String> tabs = new EnumMap<>(DocumentedProxy.class);

    @TempDir
    private Path folder;

    @Test
    void pageGoesOnAfterTheServerWasDownForTenSeconds() throws Exception {
        Map<DocumentedProxy, ReverseProxy> proxies = new EnumMap<>(DocumentedProxy.class);
        try (TestRedis redis = TestRedis.started();
                Channels channels = FlosseRedis.connect(redis.uri()).channels().build();
                Browser browser = Browser.start()) {
            Channel channel = channels.channel("restart");
            int port;
            try (ExamplesServer server = server(redis, 0)) {
                port = server.port();
                for (DocumentedProxy proxy : DocumentedProxy.values()) {
                    ReverseProxy running = proxy.start(folder, port, Mode.PLAIN);
                    proxies.put(proxy, running);
                    open(browser, proxy, running.port());
                }
                publish(channel, 1, BEFORE);
                awaitAll(browser, BEFORE);
            }
            int connections = opens(browser);
            for (int i = 1; i <= DOWN; i++) {
                publish(channel, BEFORE + i, 1);
                Thread.sleep(500);
            }
            assertThat(opens(browser))
                    .as("retries that the proxies answered while the server was down")
                    .isGreaterThanOrEqualTo(connections + 2 * DocumentedProxy.values().length);
            try (ExamplesServer next = server(redis, port)) {
                assertThat(next.port()).isEqualTo(port);
                publish(channel, BEFORE + DOWN + 1, AFTER);
                awaitAll(browser, BEFORE + DOWN + AFTER);
            }
        } finally {
            proxies.values().forEach(ReverseProxy::close);
        }
    }

    /** The clients come back soon after the drain, while the server is still down. */
    private static ExamplesServer server(TestRedis redis, int port) throws Exception {
        return ExamplesServer.startProcess(Map.of(
                "server.port", Integer.toString(port),
                "server.features.flosse.drain-grace", "PT1S",
                "server.features.flosse.reconnect-spread", "PT0.5S",
                "flosse.channels", "redis",
                "flosse.redis.uri", redis.uri()));
    }

    /** Opens a refused stream as the page, because a script needs a page of the same origin. */
    private void open(Browser browser, DocumentedProxy proxy, int port) {
        WebDriver driver = browser.driver();
        driver.switchTo().newWindow(WindowType.TAB);
        tabs.put(proxy, driver.getWindowHandle());
        browser.go("http://127.0.0.1:" + port + "/sse/secure");
        browser.run(LISTEN);
        Deadline.await(() -> browser.run("return window.source.readyState").equals("1"), "the EventSource to open");
    }

    private static void publish(Channel channel, int first, int count) {
        for (int i = first; i < first + count; i++) {
            channel.publish(SseEvent.of(Integer.toString(i)));
        }
    }

    private void awaitAll(Browser browser, int last) {
        String expected =
                IntStream.rangeClosed(1, last).mapToObj(Integer::toString).collect(Collectors.joining(","));
        tabs.forEach((proxy, tab) -> {
            browser.driver().switchTo().window(tab);
            Deadline.await(
                    () -> browser.run("return window.received.join()").length() >= expected.length(),
                    "event " + last + " behind " + proxy);
            assertThat(browser.run("return window.received.join()"))
                    .as(proxy.title())
                    .isEqualTo(expected);
        });
    }

    private int opens(Browser browser) {
        int opens = 0;
        for (String tab : tabs.values()) {
            browser.driver().switchTo().window(tab);
            opens += Integer.parseInt(browser.run("return window.opens"));
        }
        return opens;
    }
}
