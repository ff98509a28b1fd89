package io.flosse.nativeimage;

import jakarta.json.Json;
import jakarta.json.JsonArray;
import jakarta.json.JsonArrayBuilder;
import jakarta.json.JsonObjectBuilder;
import java.util.ArrayList;
import java.util.List;
import java.util.NavigableMap;
import java.util.NavigableSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The content of a {@code reachability-metadata.json}, as far as flosse generates it: types with the members that are
 * accessed by reflection, globs of resources, and resource bundles.
 *
 * <p>A member is the name of a field, or a {@link #constructor}.
 */
record Reachability(
        NavigableMap<String, NavigableSet<String>> types, NavigableSet<String> globs, NavigableSet<String> bundles) {

    /** Member name of the constructor without parameters. */
    static final String CONSTRUCTOR = constructor(List.of());

    Reachability() {
        this(new TreeMap<>(), new TreeSet<>(), new TreeSet<>());
    }

    /** Returns the member name of the constructor with these parameter types. */
    static String constructor(List<String> parameterTypes) {
        return "<init>(" + String.join(",", parameterTypes) + ")";
    }

    void addType(String type, String... members) {
        types.computeIfAbsent(type, any -> new TreeSet<>()).addAll(List.of(members));
    }

    /** Returns the JSON text, with one line for each type, glob and bundle. */
    String json() {
        List<String> sections = new ArrayList<>();
        if (!types.isEmpty()) {
            sections.add(array(
                    "reflection", types.entrySet().stream().map(type -> json(type.getKey(), type.getValue()))));
        }
        if (!globs.isEmpty() || !bundles.isEmpty()) {
            sections.add(array(
                    "resources",
                    Stream.concat(
                            globs.stream()
                                    .map(glob -> Json.createObjectBuilder().add("glob", glob)),
                            bundles.stream()
                                    .map(bundle -> Json.createObjectBuilder().add("bundle", bundle)))));
        }
        return "{\n" + String.join(",\n", sections) + "\n}\n";
    }

    private static String array(String name, Stream<JsonObjectBuilder> entries) {
        return entries.map(entry -> "    " + entry.build())
                .collect(Collectors.joining(",\n", "  \"" + name + "\": [\n", "\n  ]"));
    }

    private static JsonObjectBuilder json(String type, NavigableSet<String> members) {
        JsonObjectBuilder entry = Json.createObjectBuilder().add("type", type);
        JsonArrayBuilder fields = Json.createArrayBuilder();
        JsonArrayBuilder methods = Json.createArrayBuilder();
        for (String member : members) {
            if (member.endsWith(")")) {
                int open = member.indexOf('(');
                String parameters = member.substring(open + 1, member.length() - 1);
                methods.add(Json.createObjectBuilder()
                        .add("name", member.substring(0, open))
                        .add(
                                "parameterTypes",
                                Json.createArrayBuilder(
                                        parameters.isEmpty() ? List.of() : List.of(parameters.split(",")))));
            } else {
                fields.add(Json.createObjectBuilder().add("name", member));
            }
        }
        addUnlessEmpty(entry, "fields", fields.build());
        addUnlessEmpty(entry, "methods", methods.build());
        return entry;
    }

    private static void addUnlessEmpty(JsonObjectBuilder entry, String key, JsonArray values) {
        if (!values.isEmpty()) {
            entry.add(key, values);
        }
    }
}
