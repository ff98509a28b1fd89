package io.flosse.benchmarks;

import io.flosse.benchmarks.peers.Peer.Kind;
import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * The server process of a peer. Also starts the client process that loads it.
 *
 * @param process the process
 * @param port the port of the server
 */
record ChildProcess(Process process, int port) implements AutoCloseable {

    /** The JVM flags of every server that is a JVM. The heap starts small, so that RSS shows the memory of idle streams. */
    static final List<String> FLAGS =
            List.of("-XX:+UseG1GC", "-Xms64m", "-Xmx2g", "--enable-native-access=ALL-UNNAMED");

    private static final Pattern FIGURE = Pattern.compile("\"(\\w+)\":([-+.\\w]+)");

    /**
     * Starts the server of a peer and waits for its port.
     *
     * @param prefix what precedes the command, such as {@link #onCore}
     */
    static ChildProcess startServer(List<String> prefix, Kind peer, List<String> flags, boolean tls)
            throws IOException {
        Process process = peer == Kind.C
                ? start(prefix, List.of(CServer.EXECUTABLE.toString()))
                : start(prefix, java(flags, classPath(peer), "server", peer.label, tls ? "tls" : "plain"));
        BufferedReader out = process.inputReader(StandardCharsets.UTF_8);
        String port = out.readLine();
        if (port == null) {
            throw new IOException("The server of peer " + peer.label + " did not start; see its error output");
        }
        return new ChildProcess(process, Integer.parseInt(port));
    }

    /** Runs a client against a server and returns the figures that the client printed. */
    static Map<String, Double> runClient(List<String> prefix, Scenario scenario, ChildProcess server, Client.Mode mode)
            throws IOException, InterruptedException {
        Process process = start(
                prefix,
                java(
                        List.of("-Xmx1g"),
                        System.getProperty("java.class.path"),
                        "client",
                        scenario.name(),
                        Integer.toString(server.port),
                        Long.toString(server.process.pid()),
                        mode.name()));
        String printed = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        Map<String, Double> figures = new LinkedHashMap<>();
        for (Matcher figure = FIGURE.matcher(printed); figure.find(); ) {
            figures.put(figure.group(1), Double.valueOf(figure.group(2)));
        }
        if (process.waitFor() != 0 || figures.isEmpty()) {
            throw new IOException("The client of scenario " + scenario.name() + " failed; see its error output");
        }
        return figures;
    }

    /** Returns the prefix of a command that runs it on one core. taskset replaces itself, so the process id stays. */
    static List<String> onCore(int core) {
        return List.of("taskset", "-c", Integer.toString(core));
    }

    /** Returns whether this machine has the core, and taskset. */
    static boolean canRunOnCore(int core) throws InterruptedException {
        try {
            return start(onCore(core), List.of("true")).waitFor() == 0;
        } catch (IOException e) {
            return false;
        }
    }

    private static List<String> java(List<String> flags, String classPath, String... args) {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(flags);
        command.addAll(List.of("-cp", classPath, Main.class.getName()));
        command.addAll(List.of(args));
        return command;
    }

    private static Process start(List<String> prefix, List<String> args) throws IOException {
        List<String> command = new ArrayList<>(prefix);
        command.addAll(args);
        return new ProcessBuilder(command)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
    }

    /**
     * Returns the class path of a peer's server. It has only the peer's own jars, because some frameworks conflict: two
     * servlet containers, for example.
     */
    private static String classPath(Kind peer) {
        return Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator))
                .filter(entry -> entry.contains("flosse-benchmarks")
                        || peer.jars.stream().anyMatch(jar -> matches(Path.of(entry), jar)))
                .collect(Collectors.joining(File.pathSeparator));
    }

    /** Compares a jar by its file name, and a module of this build by the name of its directory. */
    private static boolean matches(Path entry, String jar) {
        return entry.toString().endsWith(".jar")
                ? entry.getFileName().toString().startsWith(jar)
                : entry.toString().contains(File.separator + jar);
    }

    /** Closes the standard input of the server, which ends it, and kills it if it still runs after 5 s. */
    @Override
    public void close() throws IOException, InterruptedException {
        process.getOutputStream().close();
        if (!process.waitFor(5, TimeUnit.SECONDS)) {
            process.destroyForcibly();
        }
    }
}
