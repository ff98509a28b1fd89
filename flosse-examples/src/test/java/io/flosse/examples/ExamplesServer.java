package io.flosse.examples;

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
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The examples server under test on an ephemeral port: in this JVM, or where {@code -Dexamples.executable} names a command
 * (native, or {@code java -jar ...}), that program.
 */
final class ExamplesServer implements AutoCloseable {

    private static final Pattern READY = Pattern.compile("http://127\\.0\\.0\\.1:(\\d+)/ \\(started in \\d+ ms\\)");

    private final int port;
    private final AutoCloseable stop;

    private ExamplesServer(int port, AutoCloseable stop) {
        this.port = port;
        this.stop = stop;
    }

    static ExamplesServer start() throws IOException {
        return start(Map.of());
    }

    /** Starts it with more configuration than the port. */
    static ExamplesServer start(Map<String, String> configuration) throws IOException {
        Map<String, String> all = new HashMap<>(configuration);
        all.putIfAbsent("server.port", "0");
        String executable = System.getProperty("examples.executable", "");
        return executable.isEmpty() ? inThisJvm(all) : program(List.of(executable.split(" ")), all);
    }

    /** Starts it as a process of its own; where no executable is given, the runnable jar of the package phase. */
    static ExamplesServer startProcess(Map<String, String> configuration) throws IOException {
        return startProcess(List.of(), configuration);
    }

    /** The same by a command such as {@code ip netns exec}, which becomes the program that follows it. */
    static ExamplesServer startProcess(List<String> by, Map<String, String> configuration) throws IOException {
        String executable = System.getProperty("examples.executable", "");
        List<String> command = new ArrayList<>(by);
        command.addAll(
                executable.isEmpty()
                        ? List.of(System.getProperty("java.home") + "/bin/java", "-jar", "target/flosse-examples.jar")
                        : List.of(executable.split(" ")));
        Map<String, String> all = new HashMap<>(configuration);
        all.putIfAbsent("server.port", "0");
        return program(command, all);
    }

    private static ExamplesServer inThisJvm(Map<String, String> configuration) {
        WebServer server = Main.start(configuration);
        return new ExamplesServer(server.port(), server::stop);
    }

    private static ExamplesServer program(List<String> executable, Map<String, String> configuration)
            throws IOException {
        List<String> command = new ArrayList<>(executable);
        configuration.forEach((key, value) -> command.add("--" + key + "=" + value));
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
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
    record Program(Process process, Queue<String> printed) implements AutoCloseable {

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
    Process process() {
        return ((Program) stop).process();
    }

    /** What the process has printed, its log above all; nothing if all is well. */
    List<String> printed() {
        return List.copyOf(((Program) stop).printed());
    }

    int port() {
        return port;
    }

    URI uri(String path) {
        return URI.create("http://127.0.0.1:" + port + path);
    }

    @Override
    public void close() throws Exception {
        stop.close();
    }
}
