package io.flosse.examples;

import static org.assertj.core.api.Assertions.assertThat;

import io.flosse.examples.fixture.Browser;
import io.flosse.examples.fixture.Deadline;
import io.flosse.examples.fixture.ExamplesServer;
import io.flosse.tools.NeedsTools;
import io.flosse.tools.Tool;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.List;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.openqa.selenium.By;
import org.openqa.selenium.WebDriver;
import org.openqa.selenium.WindowType;

/** The chat and job cards of the page in Chromium. */
@NeedsTools({Tool.CHROMIUM, Tool.CHROMEDRIVER})
class ChannelPageIT {

    @AutoClose
    private ExamplesServer server;

    @AutoClose
    private Browser browser;

    private WebDriver page;

    @BeforeEach
    void open() throws IOException {
        server = ExamplesServer.start();
        browser = Browser.start();
        page = browser.driver();
        load();
    }

    private void load() {
        browser.open(server);
        awaitCards();
    }

    private void awaitCards() {
        Deadline.await(() -> page.findElement(By.id("s-job")).isDisplayed(), "the cards of channels and jobs");
    }

    private void sendChatMessage(String name, String text) {
        browser.type("chat-name", name);
        browser.type("chat-text", text);
        browser.run("document.getElementById('chat-send').click()");
    }

    @Test
    void chatMessageReachesAnotherTabAndLaterSubscribers() throws IOException, InterruptedException {
        browser.press("chat", "start");
        browser.await("chat-state", "OPEN");
        String first = page.getWindowHandle();
        page.switchTo().newWindow(WindowType.TAB);
        load();
        sendChatMessage("bob", "hello <b>& all</b>");
        browser.await("chat-status", "Published as ");
        browser.await("chat-messages", "bob hello <b>& all</b>");
        page.switchTo().window(first);
        browser.await("chat-messages", "bob hello <b>& all</b>");
        assertThat(page.findElements(By.cssSelector("#chat-messages b"))).isEmpty();
        HttpResponse<String> published = HttpClient.newHttpClient()
                .send(
                        HttpRequest.newBuilder(
                                        URI.create("http://127.0.0.1:" + server.port() + "/channels/lobby?event=chat"))
                                .POST(HttpRequest.BodyPublishers.ofString("from a shell"))
                                .build(),
                        HttpResponse.BodyHandlers.ofString());
        assertThat(published.statusCode()).isEqualTo(202);
        browser.await("chat-messages", "someone from a shell");
        assertThat(page.findElements(By.cssSelector("#chat-messages li"))).hasSize(2);
        page.navigate().refresh();
        awaitCards();
        browser.press("chat", "start");
        browser.await("chat-messages", "bob hello <b>& all</b>someone from a shell");
    }

    @Test
    void jobContinuesAfterAReloadWithoutLossOrDuplicate() throws IOException {
        browser.press("job", "start");
        Deadline.await(() -> words() >= 20, "the first words");
        String id = browser.text("job-id");
        page.navigate().refresh();
        awaitCards();
        Deadline.await(() -> words() >= 40, "more words than before the reload");
        assertThat(words()).isLessThan(200);
        assertThat(browser.text("job-id")).isEqualTo(id).isNotEqualTo("none");
        browser.saveScreenshot("job");
        browser.await("job-status", "Complete");
        assertThat(List.of(browser.text("job-words"), browser.text("job-lost"), browser.text("job-doubled")))
                .containsExactly("200", "0", "0");
        String[] typed = browser.text("job-text").split(" ");
        assertThat(typed).hasSize(200).startsWith("A", "fish", "that", "stops", "swimming", "sinks,");
        assertThat(page.findElements(By.cssSelector("#s-job [data-action=raw]")))
                .hasSize(1);
    }

    @Test
    void cancelledJobIsShownAsCancelled() {
        browser.press("job", "start");
        Deadline.await(() -> words() >= 3, "the first words");
        browser.press("job", "cancel");
        browser.await("job-log", "{\"error\":\"cancelled\"}");
        Deadline.await(() -> browser.text("job-state").equals("CLOSED"), "the EventSource to close");
        assertThat(words()).isLessThan(200);
    }

    private int words() {
        return Integer.parseInt(browser.text("job-words"));
    }
}
