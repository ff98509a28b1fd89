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
 * A process of ours: the server of a peer, or the client that loads it.
 *
 * @param process the process
 * @param port where a server listens
 */
record Spawned(Process process, int port) implements AutoCloseable {

    /** The same for all. The heap starts small, so that the memory of idle streams shows. */
    static final List<String> FLAGS =
            List.of("-XX:+UseG1GC", "-Xms64m", "-Xmx2g", "--enable-native-access=ALL-UNNAMED");

    private static final Pattern FIGURE = Pattern.compile("\"(\\w+)\":([-+.\\w]+)");

    static Spawned server(Kind peer, List<String> flags, boolean tls) throws IOException {
        Process process = java(flags, classPath(peer), "server", peer.label, tls ? "tls" : "plain");
        BufferedReader out = process.inputReader(StandardCharsets.UTF_8);
        String port = out.readLine();
        if (port == null) {
            throw new IOException("The server of " + peer.label + " did not start");
        }
        return new Spawned(process, Integer.parseInt(port));
    }

    /** Loads a server, and gives what the client printed. */
    static Map<String, Double> client(Scenario scenario, Spawned server, Client.Length length)
            throws IOException, InterruptedException {
        Process process = java(
                List.of("-Xmx1g"),
                System.getProperty("java.class.path"),
                "client",
                scenario.name(),
                Integer.toString(server.port),
                Long.toString(server.process.pid()),
                length.name());
        String printed = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        Map<String, Double> figures = new LinkedHashMap<>();
        for (Matcher figure = FIGURE.matcher(printed); figure.find(); ) {
            figures.put(figure.group(1), Double.valueOf(figure.group(2)));
        }
        if (process.waitFor() != 0 || figures.isEmpty()) {
            throw new IOException("The client failed");
        }
        return figures;
    }

    private static Process java(List<String> flags, String classPath, String... args) throws IOException {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(flags);
        command.addAll(List.of("-cp", classPath, Main.class.getName()));
        command.addAll(List.of(args));
        return new ProcessBuilder(command)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
    }

    /** What a peer's server sees: its own jars, since two servlet containers, say, do not go together. */
    private static String classPath(Kind peer) {
        return Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator))
                .filter(entry -> entry.contains("flosse-benchmarks")
                        || peer.jars.stream().anyMatch(jar -> isOf(Path.of(entry), jar)))
                .collect(Collectors.joining(File.pathSeparator));
    }

    /** A jar by its name; a module of this build by the name of its directory. */
    private static boolean isOf(Path entry, String jar) {
        return entry.toString().endsWith(".jar")
                ? entry.getFileName().toString().startsWith(jar)
                : entry.toString().contains(File.separator + jar);
    }

    @Override
    public void close() throws IOException, InterruptedException {
        process.getOutputStream().close();
        if (!process.waitFor(5, TimeUnit.SECONDS)) {
            process.destroyForcibly();
        }
    }
}
