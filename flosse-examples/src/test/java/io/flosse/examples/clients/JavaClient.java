package io.flosse.examples.clients;

import com.launchdarkly.eventsource.ConnectStrategy;
import com.launchdarkly.eventsource.ErrorStrategy;
import com.launchdarkly.eventsource.FaultEvent;
import com.launchdarkly.eventsource.MessageEvent;
import com.launchdarkly.eventsource.StreamEvent;
import com.launchdarkly.eventsource.StreamHttpErrorException;
import dev.langchain4j.exception.HttpException;
import dev.langchain4j.model.anthropic.AnthropicStreamingChatModel;
import dev.langchain4j.model.chat.StreamingChatModel;
import dev.langchain4j.model.chat.response.ChatResponse;
import dev.langchain4j.model.chat.response.PartialResponse;
import dev.langchain4j.model.chat.response.PartialResponseContext;
import dev.langchain4j.model.chat.response.StreamingChatResponseHandler;
import dev.langchain4j.model.openai.OpenAiStreamingChatModel;
import io.flosse.examples.clients.Observation.Event;
import jakarta.ws.rs.client.Client;
import jakarta.ws.rs.client.ClientBuilder;
import jakarta.ws.rs.sse.SseEventSource;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import okhttp3.OkHttpClient;
import okhttp3.Request;
import okhttp3.Response;
import okhttp3.sse.EventSource;
import okhttp3.sse.EventSourceListener;
import okhttp3.sse.EventSources;
import org.jspecify.annotations.Nullable;
import org.springframework.core.ParameterizedTypeReference;
import org.springframework.http.MediaType;
import org.springframework.http.codec.ServerSentEvent;
import org.springframework.web.reactive.function.client.WebClient;
import org.springframework.web.reactive.function.client.WebClientResponseException;
import reactor.core.Disposable;

/** A client library of Java. */
interface JavaClient {

    /** Reads a stream. Returns when the library says that it has ended, and throws the library's error. */
    void read(String url, Reading reading) throws Exception;

    /** The events that a library has delivered. */
    final class Reading {

        private final List<Event> events = new CopyOnWriteArrayList<>();
        private final int max;
        private volatile Runnable closer = () -> {};
        private volatile boolean closed;

        Reading(int max) {
            this.max = max;
        }

        void event(@Nullable String name, @Nullable String id, @Nullable String data) {
            if (!closed) {
                events.add(new Event(name, id, data == null ? "" : Cell.shortened(data)));
                if (events.size() == max) {
                    close();
                }
            }
        }

        /** Sets the action that closes the stream from the side of the client. */
        void closeBy(Runnable newCloser) {
            closer = newCloser;
        }

        private void close() {
            closed = true;
            closer.run();
        }
    }

    /** Reads a stream until the library stops, but at most 30 seconds and {@code max} events, and closes it. */
    static Observation observe(JavaClient client, String url, int max) {
        Reading reading = new Reading(max);
        CompletableFuture<String> shown = new CompletableFuture<>();
        Thread.startVirtualThread(() -> {
            try {
                client.read(url, reading);
                shown.complete("ends");
            } catch (Exception | LinkageError e) {
                shown.complete(describe(e));
            }
        });
        shown.completeOnTimeout("goes on", 30, TimeUnit.SECONDS);
        String how = shown.join();
        Observation observation = new Observation(List.copyOf(reading.events), how);
        reading.close();
        return observation;
    }

    private static String describe(Throwable error) {
        for (Throwable cause = error; cause != null; cause = cause.getCause()) {
            int status = switch (cause) {
                case StatusException e -> e.status;
                case HttpException e -> e.statusCode();
                case WebClientResponseException e -> e.getStatusCode().value();
                default -> 0;
            };
            if (status >= 400) {
                return "error " + status;
            }
        }
        return "error";
    }

    /** A status that a library passes to the application without an exception. */
    final class StatusException extends Exception {

        private static final long serialVersionUID = 1L;

        private final int status;

        StatusException(int status) {
            super("The status is " + status);
            this.status = status;
        }
    }

    /** The client of the JDK has no parser. The one here does what the standard says, as far as the streams need it. */
    static JavaClient jdk(HttpClient.Version version) {
        HttpClient client = HttpClient.newBuilder().version(version).build();
        return (url, reading) -> {
            HttpRequest request = HttpRequest.newBuilder(URI.create(url))
                    .header("Accept", "text/event-stream")
                    .build();
            HttpResponse<InputStream> response = client.send(request, BodyHandlers.ofInputStream());
            if (response.statusCode() != 200) {
                throw new StatusException(response.statusCode());
            }
            reading.closeBy(() -> {
                try {
                    response.body().close();
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            });
            parse(new BufferedReader(new InputStreamReader(response.body(), StandardCharsets.UTF_8)), reading);
        };
    }

    private static void parse(BufferedReader lines, Reading reading) throws IOException {
        String name = null;
        String id = null;
        String data = null;
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
            String field = line.replaceFirst(":.*", "");
            String value = line.substring(field.length()).replaceFirst(": ?", "");
            switch (field) {
                case "data" -> data = (data == null ? "" : data + "\n") + value;
                case "event" -> name = value;
                case "id" -> id = value;
                case "" -> {
                    if (line.isEmpty()) {
                        if (data != null) {
                            reading.event(name, id, data);
                        }
                        name = null;
                        data = null;
                    }
                }
                default -> {}
            }
        }
    }

    static JavaClient okhttpSse() {
        OkHttpClient client = new OkHttpClient();
        return (url, reading) -> {
            CompletableFuture<Void> end = new CompletableFuture<>();
            EventSource source = EventSources.createFactory(client)
                    .newEventSource(new Request.Builder().url(url).build(), new EventSourceListener() {
                        @Override
                        public void onEvent(
                                EventSource eventSource, @Nullable String id, @Nullable String type, String data) {
                            reading.event(type, id, data);
                        }

                        @Override
                        public void onClosed(EventSource eventSource) {
                            end.complete(null);
                        }

                        @Override
                        public void onFailure(
                                EventSource eventSource, @Nullable Throwable t, @Nullable Response response) {
                            end.completeExceptionally(
                                    response != null && response.code() != 200
                                            ? new StatusException(response.code())
                                            : t);
                        }
                    });
            reading.closeBy(source::cancel);
            end.get();
        };
    }

    /** Stops at the event {@code end} and at a status that says that there will be no stream: nothing else stops it. */
    static JavaClient okhttpEventSource() {
        return (url, reading) -> {
            try (com.launchdarkly.eventsource.EventSource source = new com.launchdarkly.eventsource.EventSource.Builder(
                            ConnectStrategy.http(URI.create(url)))
                    .errorStrategy(ErrorStrategy.alwaysContinue())
                    .build()) {
                reading.closeBy(source::close);
                for (StreamEvent event : source.anyEvents()) {
                    if (event instanceof MessageEvent message) {
                        reading.event(message.getEventName(), message.getLastEventId(), message.getData());
                        if (message.getEventName().equals("end")) {
                            return;
                        }
                    } else if (event instanceof FaultEvent fault
                            && fault.getCause() instanceof StreamHttpErrorException e
                            && (e.getCode() == 401 || e.getCode() == 403)) {
                        throw new StatusException(e.getCode());
                    }
                }
            }
        };
    }

    /** Stops at the event {@code end}, or at an error. Nothing else stops it. */
    static JavaClient jersey() {
        Client client = ClientBuilder.newClient();
        return (url, reading) -> {
            // Completed by the event "end" or an error. Jersey may report the end before the error.
            CompletableFuture<Void> end = new CompletableFuture<>();
            SseEventSource source = SseEventSource.target(client.target(url)).build();
            reading.closeBy(source::close);
            source.register(
                    event -> {
                        reading.event(event.getName(), event.getId(), event.readData());
                        if ("end".equals(event.getName())) {
                            source.close();
                            end.complete(null);
                        }
                    },
                    end::completeExceptionally,
                    () -> end.completeOnTimeout(null, 2, TimeUnit.SECONDS));
            source.open();
            end.get();
        };
    }

    static JavaClient webClient() {
        WebClient client = WebClient.create();
        return (url, reading) -> {
            CompletableFuture<Void> end = new CompletableFuture<>();
            Disposable subscription = client.get()
                    .uri(url)
                    .accept(MediaType.TEXT_EVENT_STREAM)
                    .retrieve()
                    .bodyToFlux(new ParameterizedTypeReference<ServerSentEvent<String>>() {})
                    .subscribe(
                            event -> reading.event(event.event(), event.id(), event.data()),
                            end::completeExceptionally,
                            () -> end.complete(null));
            reading.closeBy(subscription::dispose);
            end.get();
        };
    }

    static JavaClient langchainOpenAi() {
        return (url, reading) -> chat(
                OpenAiStreamingChatModel.builder()
                        .baseUrl(url)
                        .apiKey("none")
                        .modelName("none")
                        .build(),
                reading);
    }

    static JavaClient langchainAnthropic() {
        return (url, reading) -> chat(
                AnthropicStreamingChatModel.builder()
                        .baseUrl(url)
                        .apiKey("none")
                        .modelName("none")
                        .build(),
                reading);
    }

    private static void chat(StreamingChatModel model, Reading reading) throws Exception {
        CompletableFuture<Void> end = new CompletableFuture<>();
        model.chat("Hello", new StreamingChatResponseHandler() {
            @Override
            public void onPartialResponse(PartialResponse response, PartialResponseContext context) {
                reading.closeBy(context.streamingHandle()::cancel);
                reading.event(null, null, response.text());
            }

            @Override
            public void onCompleteResponse(ChatResponse response) {
                end.complete(null);
            }

            @Override
            public void onError(Throwable error) {
                end.completeExceptionally(error);
            }
        });
        end.get();
    }
}
