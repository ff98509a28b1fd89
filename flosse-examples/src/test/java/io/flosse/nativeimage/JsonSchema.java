package io.flosse.nativeimage;

import jakarta.json.Json;
import jakarta.json.JsonArray;
import jakarta.json.JsonObject;
import jakarta.json.JsonReader;
import jakarta.json.JsonString;
import jakarta.json.JsonValue;
import jakarta.json.JsonValue.ValueType;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * A JSON schema as GraalVM publishes it for its metadata, with the few words of the language that it is written in. A word
 * that this class does not know is an error, so that nothing is let through unread.
 */
final class JsonSchema {

    private static final Set<String> REMARKS =
            Set.of("$schema", "$id", "$defs", "title", "description", "version", "default");

    private final JsonObject root;

    private JsonSchema(JsonObject root) {
        this.root = root;
    }

    static JsonSchema read(Path file) throws IOException {
        try (JsonReader reader = Json.createReader(Files.newBufferedReader(file))) {
            return new JsonSchema(reader.readObject());
        }
    }

    /** What is wrong with a value, each with its place; nothing if the schema allows it. */
    List<String> complaints(JsonValue value) {
        List<String> complaints = new ArrayList<>();
        check("", root, value, complaints);
        return complaints;
    }

    private void check(String at, JsonObject schema, JsonValue value, List<String> complaints) {
        schema.forEach((word, rule) -> {
            switch (word) {
                case "type" -> {
                    if (!isOfType(((JsonString) rule).getString(), value)) {
                        complaints.add(at + ": must be " + rule);
                    }
                }
                case "$ref" -> check(at, definition(((JsonString) rule).getString()), value, complaints);
                case "oneOf" -> {
                    long fitting = rule.asJsonArray().getValuesAs(JsonObject.class).stream()
                            .filter(choice -> allows(at, choice, value))
                            .count();
                    if (fitting != 1) {
                        complaints.add(at + ": fits " + fitting + " of the choices");
                    }
                }
                case "pattern" -> {
                    String pattern = ((JsonString) rule).getString();
                    if (value instanceof JsonString text
                            && !Pattern.compile(pattern)
                                    .matcher(text.getString())
                                    .find()) {
                        complaints.add(at + ": does not match " + pattern);
                    }
                }
                case "minItems" -> {
                    if (value instanceof JsonArray array && array.size() < Integer.parseInt(rule.toString())) {
                        complaints.add(at + ": has too few items");
                    }
                }
                case "items" -> {
                    if (value instanceof JsonArray array) {
                        array.forEach(item -> check(at + "[]", rule.asJsonObject(), item, complaints));
                    }
                }
                case "properties", "required", "additionalProperties" -> {
                    if (value instanceof JsonObject object) {
                        checkObject(at, word, rule, schema, object, complaints);
                    }
                }
                default -> {
                    if (!REMARKS.contains(word)) {
                        throw new IllegalStateException("The schema says " + word + ", which is not known here");
                    }
                }
            }
        });
    }

    private void checkObject(
            String at, String word, JsonValue rule, JsonObject schema, JsonObject object, List<String> complaints) {
        switch (word) {
            case "properties" ->
                rule.asJsonObject().forEach((name, property) -> {
                    if (object.containsKey(name)) {
                        check(at + "/" + name, property.asJsonObject(), object.get(name), complaints);
                    }
                });
            case "required" ->
                rule.asJsonArray().getValuesAs(JsonString.class).stream()
                        .filter(name -> !object.containsKey(name.getString()))
                        .forEach(name -> complaints.add(at + ": lacks " + name));
            default -> {
                JsonObject known = schema.getJsonObject("properties");
                object.keySet().stream()
                        .filter(name -> rule.getValueType() == ValueType.FALSE && !known.containsKey(name))
                        .forEach(name -> complaints.add(at + ": has " + name));
            }
        }
    }

    private boolean allows(String at, JsonObject schema, JsonValue value) {
        List<String> complaints = new ArrayList<>();
        check(at, schema, value, complaints);
        return complaints.isEmpty();
    }

    private JsonObject definition(String reference) {
        return root.getJsonObject("$defs").getJsonObject(reference.substring("#/$defs/".length()));
    }

    private static boolean isOfType(String type, JsonValue value) {
        return switch (type) {
            case "object" -> value.getValueType() == ValueType.OBJECT;
            case "array" -> value.getValueType() == ValueType.ARRAY;
            case "string" -> value.getValueType() == ValueType.STRING;
            case "integer" -> value.getValueType() == ValueType.NUMBER;
            case "boolean" -> value.getValueType() == ValueType.TRUE || value.getValueType() == ValueType.FALSE;
            default -> throw new IllegalStateException("The schema has the type " + type + ", which is not known here");
        };
    }
}
