package io.flosse.nativeimage;

import jakarta.json.Json;
import jakarta.json.JsonArray;
import jakarta.json.JsonArrayBuilder;
import jakarta.json.JsonObject;
import jakarta.json.JsonObjectBuilder;
import jakarta.json.JsonString;
import java.io.StringReader;
import java.util.ArrayList;
import java.util.List;
import java.util.NavigableMap;
import java.util.NavigableSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * What a native image keeps though no code names it: types, each with the members that are reached by reflection, and
 * globs of resources, and bundles of them. The content of a {@code reachability-metadata.json}, as far as flosse has use for it.
 *
 * <p>A member is the name of a field, or a {@link #constructor}.
 */
record Reachability(
        NavigableMap<String, NavigableSet<String>> types, NavigableSet<String> globs, NavigableSet<String> bundles) {

    /** The constructor without parameters. */
    static final String CONSTRUCTOR = constructor(List.of());

    Reachability() {
        this(new TreeMap<>(), new TreeSet<>(), new TreeSet<>());
    }

    /** The constructor with parameters of these types. */
    static String constructor(List<String> parameterTypes) {
        return "<init>(" + String.join(",", parameterTypes) + ")";
    }

    void addType(String type, String... members) {
        types.computeIfAbsent(type, any -> new TreeSet<>()).addAll(List.of(members));
    }

    void addAll(Reachability other) {
        other.types.forEach((type, members) -> addType(type, members.toArray(String[]::new)));
        globs.addAll(other.globs);
        bundles.addAll(other.bundles);
    }

    boolean isEmpty() {
        return types.isEmpty() && globs.isEmpty() && bundles.isEmpty();
    }

    static Reachability parse(String json) {
        Reachability parsed = new Reachability();
        JsonObject object = Json.createReader(new StringReader(json)).readObject();
        for (JsonObject type : objects(object, "reflection")) {
            parsed.addType(type.getString("type"));
            objects(type, "fields").forEach(field -> parsed.addType(type.getString("type"), field.getString("name")));
            objects(type, "methods").forEach(method -> parsed.addType(type.getString("type"), member(method)));
        }
        for (JsonObject resource : objects(object, "resources")) {
            if (resource.containsKey("bundle")) {
                parsed.bundles.add(resource.getString("bundle"));
            } else {
                parsed.globs.add(resource.getString("glob"));
            }
        }
        return parsed;
    }

    private static String member(JsonObject method) {
        return method.getString("name")
                + method.getJsonArray("parameterTypes").getValuesAs(JsonString.class).stream()
                        .map(JsonString::getString)
                        .collect(Collectors.joining(",", "(", ")"));
    }

    private static List<JsonObject> objects(JsonObject parent, String key) {
        return parent.containsKey(key) ? parent.getJsonArray(key).getValuesAs(JsonObject.class) : List.of();
    }

    /** As text, a line for each type and each glob. */
    String json() {
        List<String> parts = new ArrayList<>();
        if (!types.isEmpty()) {
            parts.add(array("reflection", types.entrySet().stream().map(type -> json(type.getKey(), type.getValue()))));
        }
        if (!globs.isEmpty() || !bundles.isEmpty()) {
            parts.add(array(
                    "resources",
                    Stream.concat(
                            globs.stream()
                                    .map(glob -> Json.createObjectBuilder().add("glob", glob)),
                            bundles.stream()
                                    .map(bundle -> Json.createObjectBuilder().add("bundle", bundle)))));
        }
        return "{\n" + String.join(",\n", parts) + "\n}\n";
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

    /** What this lacks of what is needed: a line for each type, member, glob and bundle. */
    List<String> lacks(Reachability needed) {
        List<String> lacking = new ArrayList<>(needed.lines());
        lacking.removeAll(lines());
        return lacking;
    }

    /** Every entry as a line. */
    List<String> lines() {
        List<String> lines = new ArrayList<>();
        types.forEach((type, members) -> {
            lines.add("type " + type);
            members.forEach(member -> lines.add("member " + type + " " + member));
        });
        globs.forEach(glob -> lines.add("glob " + glob));
        bundles.forEach(bundle -> lines.add("bundle " + bundle));
        return lines;
    }

    /** The same without the entry of one of its {@link #lines}; a type goes with its members. */
    Reachability without(String line) {
        Reachability rest = new Reachability();
        types.forEach((type, members) -> {
            if (!line.equals("type " + type)) {
                rest.addType(type);
                members.stream()
                        .filter(member -> !line.equals("member " + type + " " + member))
                        .forEach(member -> rest.addType(type, member));
            }
        });
        globs.stream().filter(glob -> !line.equals("glob " + glob)).forEach(rest.globs::add);
        bundles.stream().filter(bundle -> !line.equals("bundle " + bundle)).forEach(rest.bundles::add);
        return rest;
    }

    /** Which of these resources no glob matches. */
    List<String> uncovered(List<String> resources) {
        return resources.stream()
                .filter(resource -> globs.stream().noneMatch(glob -> matches(glob, resource)))
                .toList();
    }

    /** As GraalVM reads globs: one star stays on its level of the path, two cross levels. */
    static boolean matches(String glob, String resource) {
        String regex = Pattern.compile("\\*\\*|\\*|[^*]+")
                .matcher(glob)
                .results()
                .map(part -> switch (part.group()) {
                    case "**" -> ".*";
                    case "*" -> "[^/]*";
                    default -> Pattern.quote(part.group());
                })
                .collect(Collectors.joining());
        return resource.matches(regex);
    }
}
