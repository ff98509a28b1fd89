package io.flosse.nativeimage;

import com.oracle.svm.configure.config.ConfigurationFileCollection;
import jakarta.json.Json;
import jakarta.json.JsonArray;
import jakarta.json.JsonObject;
import jakarta.json.JsonValue;
import java.io.IOException;
import java.io.StringReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * GraalVM's own reader of {@code reachability-metadata.json}, a library that needs no GraalVM to run. It refuses most of
 * what the published schema does not have, and silently drops the rest; so what it has read is written again and compared.
 */
final class GraalMetadataParser {

    private static final String FILE = "reachability-metadata.json";

    private GraalMetadataParser() {}

    /** What GraalVM says against a file, or leaves out of it; nothing if it takes all of it. */
    static List<String> complaints(String json, Path folder) throws IOException {
        Path in = Files.createDirectory(folder.resolve("in"));
        Path out = Files.createDirectory(folder.resolve("out"));
        Files.writeString(in.resolve(FILE), json);
        try {
            ConfigurationFileCollection files = new ConfigurationFileCollection();
            files.addDirectory(in);
            files.loadConfigurationSet(ConfigurationFileCollection.FAIL_ON_EXCEPTION, null, null)
                    .writeConfiguration(file -> out.resolve(file.getFileName()));
        } catch (Exception e) {
            return List.of(e.toString());
        }
        String understood = Files.exists(out.resolve(FILE)) ? Files.readString(out.resolve(FILE)) : "{}";
        List<String> dropped = new ArrayList<>(leaves(json));
        dropped.removeAll(leaves(understood));
        return dropped;
    }

    /**
     * Every value of a JSON text with the keys that lead to it; lists are no order here. Without methods that have parameters:
     * this reader writes none of them again, whose types no entry names.
     */
    private static List<String> leaves(String json) {
        List<String> leaves = new ArrayList<>();
        addLeaves("", Json.createReader(new StringReader(json)).readValue(), leaves);
        return leaves;
    }

    private static void addLeaves(String path, JsonValue value, List<String> leaves) {
        switch (value) {
            case JsonObject object
            when object.get("parameterTypes") instanceof JsonArray types && !types.isEmpty() -> {}
            case JsonObject object -> {
                String owner = object.containsKey("type") ? path + "/" + object.get("type") : path;
                object.forEach((key, child) -> addLeaves(owner + "/" + key, child, leaves));
            }
            case JsonArray array -> array.forEach(child -> addLeaves(path, child, leaves));
            default -> leaves.add(path + " = " + value);
        }
    }
}
