package io.flosse.examples;

import io.flosse.tools.Command;
import io.helidon.webserver.WebServer;
import java.io.BufferedReader;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The examples server under test on an ephemeral port: in this JVM, or where {@code -Dexamples.executable} names a command
 * (native, or {@code java -jar ...}), that program.
 */
public final class ExamplesServer implements AutoCloseable {

    private static final Pattern READY = Pattern.compile("http://127\\.0\\.0\\.1:(\\d+)/ \\(started in \\d+ ms\\)");

    private static final String EXECUTABLE = "examples.executable";

    private final int port;
    private final AutoCloseable stop;

    private ExamplesServer(int port, AutoCloseable stop) {
        this.port = port;
        this.stop = stop;
    }

    public static ExamplesServer start() throws IOException {
        return start(Map.of());
    }

    /** Starts it with more configuration than the port. */
    public static ExamplesServer start(Map<String, String> configuration) throws IOException {
        Map<String, String> all = new HashMap<>(configuration);
        all.putIfAbsent("server.port", "0");
        String executable = System.getProperty(EXECUTABLE, "");
        return executable.isEmpty() ? inThisJvm(all) : program(Command.ofProperty(EXECUTABLE), all);
    }

    /** Starts it as a process of its own; where no executable is given, the runnable jar of the package phase. */
    public static ExamplesServer startProcess(Map<String, String> configuration) throws IOException {
        return startProcess(command -> command, configuration);
    }

    /** The same, with the command changed; into one such as {@code ip netns exec}, which becomes the program. */
    public static ExamplesServer startProcess(UnaryOperator<Command> change, Map<String, String> configuration)
            throws IOException {
        String executable = System.getProperty(EXECUTABLE, "");
        Command command = executable.isEmpty()
                ? Command.ofJdk("java", "-jar", "target/flosse-examples.jar")
                : Command.ofProperty(EXECUTABLE);
        Map<String, String> all = new HashMap<>(configuration);
        all.putIfAbsent("server.port", "0");
        return program(change.apply(command), all);
    }

    private static ExamplesServer inThisJvm(Map<String, String> configuration) {
        WebServer server = Main.start(configuration);
        return new ExamplesServer(server.port(), server::stop);
    }

    private static ExamplesServer program(Command executable, Map<String, String> configuration) throws IOException {
        List<String> arguments = new ArrayList<>();
        configuration.forEach((key, value) -> arguments.add("--" + key + "=" + value));
        Process process = executable.with(arguments).process().start();
        try {
            Queue<String> printed = new ConcurrentLinkedQueue<>();
            int port = readyPort(process, printed);
            return new ExamplesServer(port, new Program(process, printed));
        } catch (IOException | RuntimeException | AssertionError e) {
            process.destroyForcibly();
            throw e;
        }
    }

    private static int readyPort(Process process, Queue<String> printed) throws IOException {
        BufferedReader out = process.inputReader(StandardCharsets.UTF_8);
        for (String line = out.readLine(); line != null; line = out.readLine()) {
            Matcher ready = READY.matcher(line);
            if (ready.find()) {
                Thread.startVirtualThread(() -> out.lines().forEach(printed::add));
                return Integer.parseInt(ready.group(1));
            }
            printed.add(line);
        }
        throw new AssertionError("The examples server did not start. It printed:\n" + String.join("\n", printed));
    }

    /**
     * A server in a process of its own.
     *
     * @param printed what it has printed, but for the line that says that it is ready
     */
    public record Program(Process process, Queue<String> printed) implements AutoCloseable {

        @Override
        public void close() throws InterruptedException {
            process.destroy();
            if (!process.waitFor(15, TimeUnit.SECONDS)) {
                process.destroyForcibly();
                throw new AssertionError("The examples server did not end on SIGTERM");
            }
        }
    }

    /** The process; only of a server that was started as one. */
    public Process process() {
        return ((Program) stop).process();
    }

    /** What the process has printed, its log above all; nothing if all is well. */
    public List<String> printed() {
        return List.copyOf(((Program) stop).printed());
    }

    public int port() {
        return port;
    }

    public URI uri(String path) {
        return URI.create("http://127.0.0.1:" + port + path);
    }

    @Override
    public void close() throws Exception {
        stop.close();
    }
}
