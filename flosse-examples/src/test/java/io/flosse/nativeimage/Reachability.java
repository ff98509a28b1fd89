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
 * The content of a {@code reachability-metadata.json}, as far as flosse uses it: types with the members that are
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

    /** Returns the required entries that this metadata lacks, in the format of {@link #lines}. */
    List<String> missing(Reachability required) {
        List<String> missing = new ArrayList<>(required.lines());
        missing.removeAll(lines());
        return missing;
    }

    /** Returns a line for each type, member, glob and bundle. */
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

    /** Returns a copy without the entry of one line. The line of a type also removes its members. */
    Reachability without(String line) {
        Reachability copy = new Reachability();
        types.forEach((type, members) -> {
            if (!line.equals("type " + type)) {
                copy.addType(type);
                members.stream()
                        .filter(member -> !line.equals("member " + type + " " + member))
                        .forEach(member -> copy.addType(type, member));
            }
        });
        globs.stream().filter(glob -> !line.equals("glob " + glob)).forEach(copy.globs::add);
        bundles.stream().filter(bundle -> !line.equals("bundle " + bundle)).forEach(copy.bundles::add);
        return copy;
    }

    /** Returns the resources that no glob matches. */
    List<String> uncovered(List<String> resources) {
        return resources.stream()
                .filter(resource -> globs.stream().noneMatch(glob -> matches(glob, resource)))
                .toList();
    }

    /**
     * Returns whether a glob of GraalVM matches: one star matches within a path segment, two stars match across
     * segments.
     */
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
