package io.flosse.examples;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Benchmark of executables of the examples server: the time from process start to the first event of a stream, and the
 * memory with many idle streams. {@code ./mvnw -q -Pmeasure} runs it. It is a single file, for the source launcher.
 *
 * <p>The executables start in turns, so that the load of the machine affects all of them.
 */
final class StartupAndMemoryBenchmark {

    private static final int STARTS = 11;
    private static final int STREAMS = 10_000;
    private static final Pattern READY = Pattern.compile("http://127\\.0\\.0\\.1:(\\d+)/");

    private StartupAndMemoryBenchmark() {}

    /** Runs the benchmark. The argument has the commands, separated by {@code |}. */
    public static void main(String[] arguments) throws Exception {
        List<String> commands = Arrays.stream(String.join(" ", arguments).split("\\|"))
                .map(String::strip)
                .toList();
        List<List<Double>> starts = new ArrayList<>();
        commands.forEach(command -> starts.add(new ArrayList<>()));
        for (int round = 0; round < STARTS; round++) {
            for (int i = 0; i < commands.size(); i++) {
                try (Server server = Server.start(commands.get(i))) {
                    starts.get(i).add(server.millisToFirstEvent());
                }
            }
        }
        System.out.printf(
                Locale.ROOT,
                "| executable | start to first event, median (min to max) of %d | ratio | RSS, no stream | RSS, %d idle streams | a stream |%n",
                STARTS,
                STREAMS);
        System.out.println("|---|---|---|---|---|---|");
        for (int i = 0; i < commands.size(); i++) {
            List<Double> millis = starts.get(i);
            try (Server server = Server.start(commands.get(i))) {
                long before = server.residentKilobytes();
                long after = server.residentKilobytesWithStreams();
                System.out.printf(
                        Locale.ROOT,
                        "| `%s` | %.0f ms (%.0f to %.0f) | %.2f | %d MB | %d MB | %.1f KB |%n",
                        commands.get(i),
                        median(millis),
                        Collections.min(millis),
                        Collections.max(millis),
                        median(starts.getFirst()) / median(millis),
                        before / 1024,
                        after / 1024,
                        (double) (after - before) / STREAMS);
            }
        }
    }

    private static double median(List<Double> values) {
        return values.stream().sorted().skip(values.size() / 2).findFirst().orElseThrow();
    }

    /** A running server. {@code started} is the value of {@link System#nanoTime} before its process was started. */
    private record Server(Process process, int port, long started) implements AutoCloseable {

        static Server start(String command) throws IOException {
            List<String> arguments = new ArrayList<>(List.of(command.split(" +")));
            arguments.add("--server.port=0");
            long started = System.nanoTime();
            Process process =
                    new ProcessBuilder(arguments).redirectErrorStream(true).start();
            StringBuilder output = new StringBuilder();
            BufferedReader out = process.inputReader(StandardCharsets.UTF_8);
            for (String line = out.readLine(); line != null; line = out.readLine()) {
                Matcher ready = READY.matcher(line);
                if (ready.find()) {
                    return new Server(process, Integer.parseInt(ready.group(1)), started);
                }
                output.append(line).append('\n');
            }
            throw new IOException(command + " did not start. Its output:\n" + output);
        }

        double millisToFirstEvent() throws IOException {
            try (Socket ignored = openStream("/sse/styles", "data: hello\n")) {
                return (System.nanoTime() - started)
                        / (double) Duration.ofMillis(1).toNanos();
            }
        }

        long residentKilobytesWithStreams() throws IOException {
            List<Socket> streams = new ArrayList<>();
            try {
                for (int i = 0; i < STREAMS; i++) {
                    streams.add(openStream("/sse/idle", "event: open\n"));
                }
                return residentKilobytes();
            } finally {
                for (Socket stream : streams) {
                    stream.close();
                }
            }
        }

        /** Opens a stream and reads until it contains a text. */
        private Socket openStream(String path, String text) throws IOException {
            Socket socket = new Socket(InetAddress.getLoopbackAddress(), port);
            socket.setSoTimeout(20_000);
            String request = "GET " + path + " HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept: text/event-stream\r\n\r\n";
            socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
            InputStream in = socket.getInputStream();
            StringBuilder read = new StringBuilder();
            byte[] buffer = new byte[4096];
            while (read.indexOf(text) < 0) {
                int length = in.read(buffer);
                if (length < 0) {
                    throw new IOException(
                            "The stream " + path + " ended before '" + text.strip() + "'. Received:\n" + read);
                }
                read.append(new String(buffer, 0, length, StandardCharsets.UTF_8));
            }
            return socket;
        }

        long residentKilobytes() throws IOException {
            String status = Files.readString(Path.of("/proc", Long.toString(process.pid()), "status"));
            Matcher resident = Pattern.compile("VmRSS:\\s+(\\d+) kB").matcher(status);
            if (!resident.find()) {
                throw new IOException("VmRSS is missing in /proc/" + process.pid() + "/status:\n" + status);
            }
            return Long.parseLong(resident.group(1));
        }

        @Override
        public void close() throws InterruptedException {
            process.destroy();
            process.waitFor();
        }
    }
}
