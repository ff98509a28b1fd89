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
 * The parser of GraalVM for {@code reachability-metadata.json}, a library that does not need GraalVM. It refuses most
 * entries that the published schema does not allow, and silently drops others. So its result is written again and
 * compared.
 */
final class GraalMetadataParser {

    private static final String FILE = "reachability-metadata.json";

    private GraalMetadataParser() {}

    /**
     * Returns the errors of GraalVM about a file, or the values that it drops. An empty list means it accepts
     * everything.
     */
    static List<String> errors(String json, Path folder) throws IOException {
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
        String written = Files.exists(out.resolve(FILE)) ? Files.readString(out.resolve(FILE)) : "{}";
        List<String> dropped = new ArrayList<>(leaves(json));
        dropped.removeAll(leaves(written));
        return dropped;
    }

    /**
     * Returns every value of a JSON text with the path of keys to it, without list indexes. Omits methods with
     * parameters: the parser does not write methods with parameter types that no entry names.
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
