package io.flosse.tools;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * The command line of a process. Tests start processes only through this class, so that every program belongs to the JDK, is a
 * {@link Tool} that the test declared, or was configured by the caller of the build.
 */
public final class Command {

    private static final long SECONDS = 110;

    private final List<String> words;

    private Command(List<String> words) {
        this.words = List.copyOf(words);
    }

    /** Returns a command that runs a tool. */
    public static Command of(Tool tool, String... arguments) {
        return new Command(List.of(tool.path())).with(arguments);
    }

    /** Returns a command that runs a program of the JDK that runs this test, such as {@code java} or {@code keytool}. */
    public static Command ofJdk(String program, String... arguments) {
        return new Command(List.of(
                        Path.of(System.getProperty("java.home"), "bin", program).toString()))
                .with(arguments);
    }

    /** Returns a command that runs a shell script. The script may run the command added by {@link #before} as {@code "$@"}. */
    public static Command ofShell(String script) {
        return new Command(List.of("sh", "-c", script, "sh"));
    }

    /**
     * Returns the command in a system property, such as {@code -Dexamples.executable="java -jar server.jar"}, split at spaces.
     */
    public static Command ofProperty(String name) {
        return new Command(List.of(System.getProperty(name, "").split(" ")));
    }

    /** Returns this command with more arguments. */
    public Command with(String... arguments) {
        return with(List.of(arguments));
    }

    /** Returns this command with more arguments. */
    public Command with(List<String> arguments) {
        List<String> all = new ArrayList<>(words);
        all.addAll(arguments);
        return new Command(all);
    }

    /** Returns this command with another one appended, which it starts: {@code ip netns exec NAME}. */
    public Command before(Command other) {
        return with(other.words);
    }

    /** Returns a process builder; the error output is merged into the standard output. */
    public ProcessBuilder process() {
        return new ProcessBuilder(words).redirectErrorStream(true);
    }

    /** Runs the program to its end and returns its output including errors; fails if the program fails. */
    public String run() throws IOException, InterruptedException {
        Path output = Files.createTempFile("flosse-tool", ".log");
        try {
            Process process = process()
                    .redirectInput(ProcessBuilder.Redirect.from(new File("/dev/null")))
                    .redirectOutput(output.toFile())
                    .start();
            try {
                if (!process.waitFor(SECONDS, TimeUnit.SECONDS)) {
                    throw new AssertionError(
                            "'" + this + "' did not end within " + SECONDS + " s. Output: " + Files.readString(output));
                }
            } finally {
                process.destroyForcibly();
            }
            String printed = Files.readString(output, StandardCharsets.UTF_8);
            if (process.exitValue() != 0) {
                throw new AssertionError(
                        "'" + this + "' failed with exit code " + process.exitValue() + ". Output: " + printed);
            }
            return printed;
        } finally {
            Files.delete(output);
        }
    }

    @Override
    public String toString() {
        return String.join(" ", words);
    }
}
