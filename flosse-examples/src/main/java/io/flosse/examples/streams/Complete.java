package io.flosse.examples.streams;

import io.flosse.Generator;
import io.flosse.SseRequest;
import io.flosse.Yield;
import io.flosse.helidon.Flosse;
import io.flosse.helidon.SseRoute;
import io.helidon.http.HttpException;
import io.helidon.http.Status;
import jakarta.json.JsonObject;
import java.time.Duration;

/** SSE in response to a POST, as with language models: the prompt is in the body, the answer is sent word by word. */
public final class Complete implements Generator {

    private Complete() {}

    public static SseRoute route() {
        return Flosse.stream(new Complete()).openOnFirstYield();
    }

    @Override
    public void generate(SseRequest request, Yield sink) throws InterruptedException {
        String prompt = request.body(JsonObject.class).getString("prompt", "");
        if (prompt.isBlank()) {
            throw new HttpException(
                    "The prompt is missing: send a body such as {\"prompt\":\"Hello world\"}", Status.BAD_REQUEST_400);
        }
        for (String word : prompt.strip().split("\\s+")) {
            sink.yield("token", word);
            Thread.sleep(Duration.ofMillis(50));
        }
        sink.yield("[DONE]");
    }
}
