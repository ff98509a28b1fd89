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
 * The command line of a process. Tests start processes by this class alone, so that each program is of the JDK, is a
 * {@link Tool} that the test has named, or was named by whoever started the build.
 */
public final class Command {

    private static final long SECONDS = 110;

    private final List<String> words;

    private Command(List<String> words) {
        this.words = List.copyOf(words);
    }

    /** Starts with a tool. */
    public static Command of(Tool tool, String... arguments) {
        return new Command(List.of(tool.path())).with(arguments);
    }

    /** Starts with a program of the JDK that runs this test, such as {@code java} or {@code keytool}. */
    public static Command ofJdk(String program, String... arguments) {
        return new Command(List.of(
                        Path.of(System.getProperty("java.home"), "bin", program).toString()))
                .with(arguments);
    }

    /** A script for the shell, which may start the program that is added by {@link #before} as {@code "$@"}. */
    public static Command ofShell(String script) {
        return new Command(List.of("sh", "-c", script, "sh"));
    }

    /** The words of a system property, such as {@code -Dexamples.executable="java -jar server.jar"}, separated by spaces. */
    public static Command ofProperty(String name) {
        return new Command(List.of(System.getProperty(name, "").split(" ")));
    }

    /** The same with more arguments. */
    public Command with(String... arguments) {
        return with(List.of(arguments));
    }

    /** The same with more arguments. */
    public Command with(List<String> arguments) {
        List<String> all = new ArrayList<>(words);
        all.addAll(arguments);
        return new Command(all);
    }

    /** This command with another one at its end, which it starts: {@code ip netns exec NAME}. */
    public Command before(Command other) {
        return with(other.words);
    }

    /** Returns a process that is not started yet; its errors go where its output goes. */
    public ProcessBuilder process() {
        return new ProcessBuilder(words).redirectErrorStream(true);
    }

    /** Runs the program to its end and returns what it printed, errors included; fails if the program fails. */
    public String run() throws IOException, InterruptedException {
        Path output = Files.createTempFile("flosse-tool", ".log");
        try {
            Process process = process()
                    .redirectInput(ProcessBuilder.Redirect.from(new File("/dev/null")))
                    .redirectOutput(output.toFile())
                    .start();
            try {
                if (!process.waitFor(SECONDS, TimeUnit.SECONDS)) {
                    throw new AssertionError(this + " did not end. It printed: " + Files.readString(output));
                }
            } finally {
                process.destroyForcibly();
            }
            String printed = Files.readString(output, StandardCharsets.UTF_8);
            if (process.exitValue() != 0) {
                throw new AssertionError(this + " failed with " + process.exitValue() + ": " + printed);
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
