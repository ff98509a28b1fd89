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
 * A validator for the JSON schema that GraalVM publishes for its metadata. It supports the keywords of that schema
 * only. An unknown keyword is an error, so that no constraint is ignored.
 */
final class JsonSchema {

    private static final Set<String> ANNOTATIONS =
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

    /** Returns the violations of a value, each with its path. The list is empty if the schema allows the value. */
    List<String> violations(JsonValue value) {
        List<String> violations = new ArrayList<>();
        check("", root, value, violations);
        return violations;
    }

    private void check(String path, JsonObject schema, JsonValue value, List<String> violations) {
        schema.forEach((keyword, rule) -> {
            switch (keyword) {
                case "type" -> {
                    if (!isOfType(((JsonString) rule).getString(), value)) {
                        violations.add(path + ": must be " + rule);
                    }
                }
                case "$ref" -> check(path, definition(((JsonString) rule).getString()), value, violations);
                case "oneOf" -> {
                    long matching = rule.asJsonArray().getValuesAs(JsonObject.class).stream()
                            .filter(alternative -> allows(path, alternative, value))
                            .count();
                    if (matching != 1) {
                        violations.add(path + ": matches " + matching + " of the alternatives, must match 1");
                    }
                }
                case "pattern" -> {
                    String pattern = ((JsonString) rule).getString();
                    if (value instanceof JsonString text
                            && !Pattern.compile(pattern)
                                    .matcher(text.getString())
                                    .find()) {
                        violations.add(path + ": does not match " + pattern);
                    }
                }
                case "minItems" -> {
                    if (value instanceof JsonArray array && array.size() < Integer.parseInt(rule.toString())) {
                        violations.add(path + ": has too few items");
                    }
                }
                case "items" -> {
                    if (value instanceof JsonArray array) {
                        array.forEach(item -> check(path + "[]", rule.asJsonObject(), item, violations));
                    }
                }
                case "properties", "required", "additionalProperties" -> {
                    if (value instanceof JsonObject object) {
                        checkObject(path, keyword, rule, schema, object, violations);
                    }
                }
                default -> {
                    if (!ANNOTATIONS.contains(keyword)) {
                        throw new IllegalStateException(
                                "Unknown schema keyword '" + keyword + "': add it to JsonSchema");
                    }
                }
            }
        });
    }

    private void checkObject(
            String path,
            String keyword,
            JsonValue rule,
            JsonObject schema,
            JsonObject object,
            List<String> violations) {
        switch (keyword) {
            case "properties" ->
                rule.asJsonObject().forEach((name, property) -> {
                    if (object.containsKey(name)) {
                        check(path + "/" + name, property.asJsonObject(), object.get(name), violations);
                    }
                });
            case "required" ->
                rule.asJsonArray().getValuesAs(JsonString.class).stream()
                        .filter(name -> !object.containsKey(name.getString()))
                        .forEach(name -> violations.add(path + ": lacks " + name));
            default -> {
                JsonObject known = schema.getJsonObject("properties");
                object.keySet().stream()
                        .filter(name -> rule.getValueType() == ValueType.FALSE && !known.containsKey(name))
                        .forEach(name -> violations.add(path + ": has the unknown property " + name));
            }
        }
    }

    private boolean allows(String path, JsonObject schema, JsonValue value) {
        List<String> violations = new ArrayList<>();
        check(path, schema, value, violations);
        return violations.isEmpty();
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
            default -> throw new IllegalStateException("Unknown schema type '" + type + "': add it to JsonSchema");
        };
    }
}
