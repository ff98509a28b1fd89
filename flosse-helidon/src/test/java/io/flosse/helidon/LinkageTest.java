package io.flosse.helidon;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The jar is compiled against Helidon 4.5 and also runs on 4.3, which lacks some types that its classes refer to. */
class LinkageTest {

    @Test
    void everyClassCanBeLinkedOnThisHelidon() throws IOException, URISyntaxException {
        List<String> classes = classes();
        assertThat(classes).contains(FlosseFeature.class.getName());
        for (String name : classes) {
            // getDeclaredConstructors() links a class without initializing it.
            assertThatCode(() -> Class.forName(name, false, getClass().getClassLoader())
                            .getDeclaredConstructors())
                    .as("linking of class %s", name)
                    .doesNotThrowAnyException();
        }
    }

    private static List<String> classes() throws IOException, URISyntaxException {
        Path root = Path.of(FlosseFeature.class
                .getProtectionDomain()
                .getCodeSource()
                .getLocation()
                .toURI());
        try (Stream<Path> files = Files.walk(root)) {
            return files.map(file -> root.relativize(file).toString())
                    .filter(file -> file.endsWith(".class") && !file.endsWith("-info.class"))
                    .map(file ->
                            file.substring(0, file.length() - ".class".length()).replace('/', '.'))
                    .toList();
        }
    }
}
