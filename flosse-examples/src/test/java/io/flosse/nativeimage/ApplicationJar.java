package io.flosse.nativeimage;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.jar.Attributes;
import java.util.jar.JarFile;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;

/** A jar of the runnable distribution, with the text of its files other than classes. */
record ApplicationJar(String name, Map<String, String> resources) {

    /** Returns the jar of the examples and its libraries, which {@code java -jar} and native-image use. */
    static List<ApplicationJar> distribution(Path main) {
        try (JarFile jar = new JarFile(main.toFile())) {
            String libraries = jar.getManifest().getMainAttributes().getValue(Attributes.Name.CLASS_PATH);
            return Stream.concat(
                            Stream.of(main), Arrays.stream(libraries.split(" ")).map(main::resolveSibling))
                    .map(ApplicationJar::read)
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static ApplicationJar read(Path path) {
        Map<String, String> resources = new TreeMap<>();
        try (JarFile jar = new JarFile(path.toFile())) {
            for (ZipEntry entry : jar.stream().toList()) {
                if (!entry.isDirectory() && !entry.getName().endsWith(".class")) {
                    try (InputStream content = jar.getInputStream(entry)) {
                        resources.put(entry.getName(), new String(content.readAllBytes(), StandardCharsets.UTF_8));
                    }
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return new ApplicationJar(path.getFileName().toString(), resources);
    }

    /** Returns whether the jar belongs to a project such as {@code helidon} or {@code flosse}. */
    boolean isOf(String project) {
        return name.startsWith(project + "-");
    }

    List<String> resourcesIn(String folder) {
        return resources.keySet().stream()
                .filter(resource -> resource.startsWith(folder))
                .toList();
    }

    /** Returns the provider classes by service. */
    Map<String, List<String>> services() {
        String folder = "META-INF/services/";
        return resourcesIn(folder).stream()
                .collect(Collectors.toMap(
                        file -> file.substring(folder.length()), file -> names(resources.getOrDefault(file, ""))));
    }

    /** Returns the class names in a file, without its comments. */
    static List<String> names(String text) {
        return text.lines()
                .map(line -> line.replaceFirst("#.*", "").strip())
                .filter(line -> !line.isEmpty())
                .toList();
    }
}
