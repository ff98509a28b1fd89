package io.flosse.examples.recipes;

import static org.assertj.core.api.Assertions.assertThat;

import dev.langchain4j.model.openai.OpenAiStreamingChatModel;
import io.flosse.examples.fixture.Browser;
import io.flosse.examples.fixture.Deadline;
import io.flosse.examples.fixture.TestServer;
import io.flosse.tools.NeedsTools;
import io.flosse.tools.Tool;
import io.helidon.common.media.type.MediaTypes;
import jakarta.json.JsonObject;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
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

    /** The issue asks for 100 ms. The best of several tries counts, because the machine may have other work. */
    private static final int TRIES = 5;

    private static final Duration LIMIT = Duration.ofMillis(100);

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
        assertThat(bestTimeToCancel("wait%20after%20hello")).isLessThan(LIMIT);
    }

    @Test
    void closedTabCancelsTheRequestBeforeTheFirstText() throws InterruptedException {
        assertThat(bestTimeToCancel("wait")).isLessThan(LIMIT);
    }

    private Duration bestTimeToCancel(String prompt) throws InterruptedException {
        WebDriver driver = browser.driver();
        String window = driver.getWindowHandle();
        List<Duration> times = new ArrayList<>();
        for (int i = 0; i < TRIES; i++) {
            driver.switchTo().newWindow(WindowType.TAB);
            open(prompt);
            take("asked");
            if (prompt.endsWith("hello")) {
                awaitShown("[\"Hello\"]");
            }
            long closed = System.nanoTime();
            driver.close();
            times.add(Duration.ofNanos(take("cancelled") - closed));
            driver.switchTo().window(window);
        }
        System.out.println("From a closed tab to the cancelled request of the model: " + times);
        return times.stream().min(Duration::compareTo).orElseThrow();
    }

    private void open(String prompt) {
        browser.go(server.request("/?prompt=" + prompt).build().uri().toString());
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
