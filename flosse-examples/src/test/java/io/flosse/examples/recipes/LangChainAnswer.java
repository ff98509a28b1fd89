package io.flosse.examples.recipes;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.langchain4j.exception.HttpException;
import dev.langchain4j.http.client.HttpRequest;
import dev.langchain4j.http.client.jdk.JdkHttpClient;
import dev.langchain4j.http.client.jdk.JdkHttpClientBuilder;
import dev.langchain4j.http.client.sse.ServerSentEventListener;
import dev.langchain4j.http.client.sse.ServerSentEventParser;
import dev.langchain4j.model.chat.StreamingChatModel;
import dev.langchain4j.model.chat.response.ChatResponse;
import dev.langchain4j.model.chat.response.StreamingChatResponseHandler;
import io.flosse.EventQueue;
import io.flosse.SseEvent;
import io.flosse.helidon.Flosse;
import io.flosse.helidon.SseRoute;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.Map;
import java.util.Optional;

/**
 * The answer of a LangChain4j model for a browser's EventSource. A closed tab cancels the request to the model, also before the first
 * text, if the model is built with {@code httpClientBuilder(new InterruptibleHttp())}.
 */
public record LangChainAnswer(StreamingChatModel model) {

    /** The event after an exception. With its id the EventSource does not ask again. */
    private static final SseEvent FAILURE =
            SseEvent.of("The model failed").withEvent("failure").withEndId();

    public SseRoute route() {
        return Flosse.stream((request, sink) -> {
                    EventQueue<String> texts = EventQueue.open(request, 16);
                    String prompt = request.query("prompt").orElse("Hello");
                    Thread call = Thread.startVirtualThread(() -> ask(prompt, texts));
                    texts.onEnd(call::interrupt);
                    for (String text : texts) {
                        sink.yield(SseEvent.of(Map.of("text", text)));
                    }
                })
                .onError(thrown -> Optional.of(FAILURE));
    }

    private void ask(String prompt, EventQueue<String> texts) {
        model.chat(prompt, new StreamingChatResponseHandler() {
            @Override
            public void onPartialResponse(String text) {
                texts.put(text);
            }

            @Override
            public void onCompleteResponse(ChatResponse response) {
                texts.complete();
            }

            @Override
            public void onError(Throwable error) {
                texts.fail(error);
            }
        });
    }

    /** LangChain4j's HTTP client, but it reads on the thread of the call, so that an interrupt cancels the request. */
    public static final class InterruptibleHttp extends JdkHttpClientBuilder {
        @Override
        public JdkHttpClient build() {
            HttpClient http = HttpClient.newHttpClient();
            return new JdkHttpClient(this) {
                @Override
                public void execute(
                        HttpRequest request, ServerSentEventParser parser, ServerSentEventListener listener) {
                    var post = java.net.http.HttpRequest.newBuilder(URI.create(request.url()));
                    post.POST(BodyPublishers.ofString(request.body()));
                    request.headers().forEach((name, values) -> post.header(name, values.getFirst()));
                    try {
                        var response = http.send(post.build(), BodyHandlers.ofInputStream());
                        try (InputStream body = response.body()) {
                            if (response.statusCode() != 200) {
                                throw new HttpException(response.statusCode(), new String(body.readAllBytes(), UTF_8));
                            }
                            parser.parse(body, listener);
                        }
                        listener.onClose();
                    } catch (Exception e) {
                        listener.onError(e);
                    }
                }
            };
        }
    }
}
