package io.flosse.examples;

import static org.junit.jupiter.api.Assumptions.abort;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** The programs of this machine that end-to-end tests need. */
final class Tools {

    private static final boolean CI = "true".equals(System.getenv("CI"));

    private Tools() {}

    /** Where a program is; a user without it skips the test, CI must have it. */
    static String require(String program) {
        Optional<Path> found = Stream.concat(
                        Arrays.stream(System.getenv("PATH").split(File.pathSeparator)),
                        Stream.of("/usr/sbin", "/sbin", "/usr/local/sbin"))
                .map(folder -> Path.of(folder, program))
                .filter(Files::isExecutable)
                .findFirst();
        if (found.isPresent()) {
            return found.get().toString();
        }
        String message = "This test needs " + program + ", which is not installed";
        if (CI) {
            throw new AssertionError(message);
        }
        return abort(message);
    }

    /** Runs a program to its end and gives what it printed, errors included; fails if it fails. */
    static String run(List<String> command) throws IOException, InterruptedException {
        Path output = Files.createTempFile("flosse-tool", ".log");
        try {
            Process process = new ProcessBuilder(command)
                    .redirectErrorStream(true)
                    .redirectInput(ProcessBuilder.Redirect.from(new File("/dev/null")))
                    .redirectOutput(output.toFile())
                    .start();
            try {
                if (!process.waitFor(110, TimeUnit.SECONDS)) {
                    throw new AssertionError(command + " did not end. It printed: " + Files.readString(output));
                }
            } finally {
                process.destroyForcibly();
            }
            String printed = Files.readString(output, StandardCharsets.UTF_8);
            if (process.exitValue() != 0) {
                throw new AssertionError(command + " failed with " + process.exitValue() + ": " + printed);
            }
            return printed;
        } finally {
            Files.delete(output);
        }
    }
}
