package io.flosse.examples.recipes;

import static org.assertj.core.api.Assertions.assertThat;

import dev.langchain4j.model.openai.OpenAiStreamingChatModel;
import io.flosse.examples.fixture.Browser;
import io.flosse.examples.fixture.Deadline;
import io.flosse.examples.fixture.TestServer;
import io.flosse.testing.SseClient;
import io.flosse.tools.NeedsTools;
import io.flosse.tools.Tool;
import io.helidon.common.media.type.MediaTypes;
import jakarta.json.JsonObject;
import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.openqa.selenium.WebDriver;
import org.openqa.selenium.WindowType;

/** A tab reads the answer of a model, which is the recipe for OpenAI's protocol on another server. */
@NeedsTools({Tool.CHROMEDRIVER, Tool.CHROMIUM})
@Timeout(120)
class LangChainAnswerIT {

    private static final String PAGE = """
            <!doctype html><title>Answer</title><script>
            const shown = [];
            const source = new EventSource("/answer" + location.search);
            source.onmessage = event => shown.push(JSON.parse(event.data).text);
            source.addEventListener("failure", event => shown.push(event.data));
            source.onerror = () => { if (source.readyState === EventSource.CLOSED) shown.push("closed"); };
            </script>""";

    /** How often the time is measured. The shortest counts, because the machine may have other work. */
    private static final int TRIES = 5;

    /** What the server of the model has logged. */
    private final BlockingQueue<Line> log = new LinkedBlockingQueue<>();

    private TestServer modelServer;
    private TestServer server;
    private Browser browser;

    private record Line(String text, long nanos) {}

    @BeforeEach
    void start() throws IOException {
        modelServer = TestServer.start(routing -> routing.register(new LoggedModel()));
        OpenAiStreamingChatModel model = OpenAiStreamingChatModel.builder()
                .httpClientBuilder(new LangChainAnswer.InterruptibleHttp())
                .baseUrl(modelServer.request("/v1").build().uri().toString())
                .apiKey("none")
                .modelName("none")
                .build();
        server = TestServer.start(routing -> routing.get("/answer", new LangChainAnswer(model).route())
                .get("/", (request, response) -> {
                    response.headers().contentType(MediaTypes.TEXT_HTML);
                    response.send(PAGE);
                }));
        browser = Browser.start();
    }

    @AfterEach
    void stop() throws IOException {
        browser.close();
        server.close();
        modelServer.close();
    }

    @Test
    void tabReadsTheWholeAnswer() {
        open("two%20words");
        awaitShown("[\"two\",\" words\",\"closed\"]");
    }

    @Test
    void failureIsShownOnceAndTheModelIsNotAskedAgain() throws InterruptedException {
        open("fail");
        awaitShown("[\"Hello\",\"The model failed\",\"closed\"]");
        assertThat(take("asked")).isPositive();
        assertThat(log).isEmpty();
    }

    @Test
    void closedTabCancelsTheRequestInTheMiddleOfTheAnswer() throws InterruptedException {
        closeTab("wait%20after%20hello", "[\"Hello\"]");
    }

    @Test
    void closedTabCancelsTheRequestBeforeTheFirstText() throws InterruptedException {
        closeTab("wait", "[]");
    }

    private void closeTab(String prompt, String shown) throws InterruptedException {
        WebDriver driver = browser.driver();
        String window = driver.getWindowHandle();
        driver.switchTo().newWindow(WindowType.TAB);
        open(prompt);
        take("asked");
        awaitShown(shown);
        driver.close();
        take("cancelled");
        driver.switchTo().window(window);
    }

    @Test
    void requestIsCancelledWithin100MsAfterTheClientHasLeft() throws InterruptedException {
        assertThat(shortestTimeToCancel("wait%20after%20hello", 1)).isLessThan(Duration.ofMillis(100));
        assertThat(shortestTimeToCancel("wait", 0)).isLessThan(Duration.ofMillis(100));
    }

    private Duration shortestTimeToCancel(String prompt, int events) throws InterruptedException {
        Duration shortest = Duration.ofDays(1);
        for (int i = 0; i < TRIES; i++) {
            SseClient client = SseClient.connect(uri("/answer?prompt=" + prompt));
            take("asked");
            for (int n = 0; n < events; n++) {
                client.next();
            }
            long left = System.nanoTime();
            client.close();
            Duration time = Duration.ofNanos(take("cancelled") - left);
            System.out.println(
                    "The request '" + prompt + "' was cancelled " + time.toMillis() + " ms after its client left");
            shortest = time.compareTo(shortest) < 0 ? time : shortest;
        }
        return shortest;
    }

    private URI uri(String path) {
        return server.request(path).build().uri();
    }

    private void open(String prompt) {
        browser.go(uri("/?prompt=" + prompt).toString());
    }

    private void awaitShown(String texts) {
        Deadline.await(() -> browser.run("return JSON.stringify(shown)").equals(texts), "the texts " + texts);
    }

    /** Waits for the next line of the log, and returns its time. */
    private long take(String text) throws InterruptedException {
        Line line = log.poll(20, TimeUnit.SECONDS);
        assertThat(line).as("a line of the model's log").isNotNull();
        assertThat(line.text).isEqualTo(text);
        return line.nanos;
    }

    /** Answers with the words of the prompt, or waits. */
    private final class LoggedModel extends OpenAiChat {

        @Override
        protected void answer(JsonObject request, Consumer<String> onText) throws Exception {
            log("asked");
            String prompt = request.getJsonArray("messages").getJsonObject(0).getString("content");
            if (prompt.equals("fail") || prompt.endsWith("hello")) {
                onText.accept("Hello");
            }
            if (prompt.equals("fail")) {
                throw new IllegalStateException("The model of the test fails");
            }
            if (prompt.startsWith("wait")) {
                waitForInterrupt();
            }
            List.of(prompt.split("(?= )")).forEach(onText);
        }

        private void waitForInterrupt() throws InterruptedException {
            try {
                new CountDownLatch(1).await();
            } catch (InterruptedException e) {
                log("cancelled");
                throw e;
            }
        }

        private void log(String text) {
            log.add(new Line(text, System.nanoTime()));
        }
    }
}
