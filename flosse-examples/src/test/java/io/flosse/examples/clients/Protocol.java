package io.flosse.examples.clients;

import io.flosse.SseEvent;
import jakarta.json.JsonObject;
import jakarta.json.JsonPointer;
import jakarta.json.JsonReader;
import jakarta.json.JsonWriter;
import jakarta.json.spi.JsonProvider;
import jakarta.json.stream.JsonGenerator;
import java.io.StringReader;
import java.io.StringWriter;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** What the events of a stream look like for a client: how a text is sent, and what stands before and after the texts. */
@SuppressWarnings("ImmutableEnumChecker") // the values of its fields are immutable, but their types do not say so
enum Protocol {

    /** Plain events of any content. */
    SSE("", "", List.of(), List.of(), ""),

    OPENAI("""
            {"id":"1","object":"chat.completion.chunk","created":1,"model":"none",\
            "choices":[{"index":0,"delta":{"content":"?"},"finish_reason":null}]}""", "/choices/0/delta/content", List.of(), List.of("""
                    {"id":"1","object":"chat.completion.chunk","created":1,"model":"none",\
                    "choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}""", "[DONE]"), """
            {"error":{"message":"failed","type":"server_error","param":null,"code":null}}"""),

    ANTHROPIC("""
            {"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"?"}}""", "/delta/text", List.of("""
                    {"type":"message_start","message":{"id":"1","type":"message","role":"assistant","model":"none","content":[],\
                    "stop_reason":null,"stop_sequence":null,"usage":{"input_tokens":1,"output_tokens":1}}}""", """
                    {"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}"""), List.of("""
                    {"type":"content_block_stop","index":0}""", """
                    {"type":"message_delta","delta":{"stop_reason":"end_turn","stop_sequence":null},"usage":{"output_tokens":1}}""", """
                    {"type":"message_stop"}"""), """
            {"type":"error","error":{"type":"api_error","message":"failed"}}"""),

    AI_SDK("""
            {"type":"text-delta","id":"1","delta":"?"}""", "/delta", List.of("""
                    {"type":"start","messageId":"1"}""", """
                    {"type":"text-start","id":"1"}"""), List.of("""
                    {"type":"text-end","id":"1"}""", """
                    {"type":"finish"}""", "[DONE]"), """
            {"type":"error","errorText":"failed"}"""),

    MCP("""
            {"jsonrpc":"2.0","method":"notifications/message","params":{"level":"info","data":"?"}}""", "/params/data", List.of(), List.of("""
            {"jsonrpc":"2.0","id":1,"result":{"content":[]}}"""), """
            {"jsonrpc":"2.0","id":1,"error":{"code":-32000,"message":"failed"}}"""),

    AG_UI("""
            {"type":"TEXT_MESSAGE_CONTENT","messageId":"1","delta":"?"}""", "/delta", List.of("""
                    {"type":"RUN_STARTED","threadId":"1","runId":"1"}""", """
                    {"type":"TEXT_MESSAGE_START","messageId":"1","role":"assistant"}"""), List.of("""
                    {"type":"TEXT_MESSAGE_END","messageId":"1"}""", """
                    {"type":"RUN_FINISHED","threadId":"1","runId":"1"}"""), """
            {"type":"RUN_ERROR","message":"failed"}"""),

    DATASTAR("", "", List.of(), List.of(), "");

    private final JsonObject template;
    private final JsonPointer pointer;
    private final List<String> start;
    private final List<String> end;
    private final String error;

    /**
     * Creates a protocol.
     *
     * @param template data that carries a text, or empty if the data is the text
     * @param pointer where the text stands in the template
     * @param start data of the events before the texts
     * @param end data of the events after them
     * @param error data of the event that tells of a failure, or empty for the event of flosse
     */
    Protocol(String template, String pointer, List<String> start, List<String> end, String error) {
        this.template = object(template.isEmpty() ? "{}" : template);
        this.pointer = Provider.JSON.createPointer(pointer);
        this.start = start;
        this.end = end;
        this.error = error;
    }

    /** Returns whether the stream ends with flosse's {@code end} event. The other protocols have an end of their own. */
    boolean hasEndEvent() {
        return this == SSE || this == DATASTAR;
    }

    List<SseEvent> start() {
        return start.stream().map(this::event).toList();
    }

    List<SseEvent> end() {
        return end.stream().map(this::event).toList();
    }

    /** Returns the event that tells the client of a failure, or empty for the event of flosse. */
    Optional<SseEvent> error() {
        return Optional.of(error).filter(data -> !data.isEmpty()).map(this::event);
    }

    /** Returns an event that carries a text. */
    SseEvent text(String text) {
        return switch (this) {
            case SSE -> SseEvent.of(text);
            case DATASTAR -> SseEvent.of(fragment(text)).withEvent("datastar-merge-fragments");
            default -> event(json(text).toString());
        };
    }

    /** Returns an event whose data has several lines: those of the text, or those of indented JSON that carries it. */
    SseEvent lines(String text) {
        return this == SSE || this == DATASTAR ? text(text) : event(indented(json(text)));
    }

    private SseEvent event(String data) {
        SseEvent event = SseEvent.of(data);
        return switch (this) {
            case ANTHROPIC -> event.withEvent(object(data).getString("type"));
            // LangChain4j looks for this name; other clients look into the data.
            case OPENAI -> data.equals(error) ? event.withEvent("error") : event;
            default -> event;
        };
    }

    private static String fragment(String text) {
        return "fragments " + ("<pre id=\"text\">" + text + "</pre>").replace("\n", "\nfragments ");
    }

    private JsonObject json(String text) {
        return pointer.replace(template, Provider.JSON.createValue(text));
    }

    private static JsonObject object(String text) {
        try (JsonReader reader = Provider.JSON.createReader(new StringReader(text))) {
            return reader.readObject();
        }
    }

    private static String indented(JsonObject object) {
        StringWriter text = new StringWriter();
        try (JsonWriter writer = Provider.JSON
                .createWriterFactory(Map.of(JsonGenerator.PRETTY_PRINTING, true))
                .createWriter(text)) {
            writer.write(object);
        }
        return text.toString().strip();
    }

    /** Each call of a static method of {@code Json} would look for the provider again. */
    private static final class Provider {
        static final JsonProvider JSON = JsonProvider.provider();
    }
}
