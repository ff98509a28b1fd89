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
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Benchmark of executables of the examples server: the time from process start to the first event of a stream, the
 * memory with many idle streams and after waves of clients, and the throughput of a burst and of a broadcast. {@code
 * ./mvnw -q -Pmeasure} runs it. It is a single file, for the source launcher.
 *
 * <p>The executables start in turns, so that the load of the machine affects all of them.
 */
final class StartupAndMemoryBenchmark {

    /** The load; {@code short} only shows that the benchmark works. */
    private record Load(
            int starts, int streams, int bursts, int burstEvents, int subscribers, int published, int waves, int wave) {

        static Load of(String name) {
            return switch (name) {
                case "full" -> new Load(11, 10_000, 7, 500_000, 1_000, 300, 10, 2_000);
                case "short" -> new Load(3, 200, 3, 10_000, 20, 20, 2, 100);
                default -> throw new IllegalArgumentException("The load must be full or short, but is " + name);
            };
        }
    }

    private static final Pattern READY = Pattern.compile("http://127\\.0\\.0\\.1:(\\d+)/");

    private StartupAndMemoryBenchmark() {}

    /** Runs the benchmark. The arguments are the load, and the commands, separated by {@code |}. */
    public static void main(String[] arguments) throws Exception {
        Load load = Load.of(arguments[0]);
        List<String> commands = Arrays.stream(
                        String.join(" ", Arrays.asList(arguments).subList(1, arguments.length))
                                .split("\\|"))
                .map(String::strip)
                .toList();
        List<List<Double>> starts = new ArrayList<>();
        commands.forEach(command -> starts.add(new ArrayList<>()));
        for (int round = 0; round < load.starts; round++) {
            for (int i = 0; i < commands.size(); i++) {
                try (Server server = Server.start(commands.get(i))) {
                    starts.get(i).add(server.millisToFirstEvent());
                }
            }
        }
        System.out.printf(
                Locale.ROOT,
                "| executable | start to first event, median (min to max) of %d | ratio | RSS, first response |"
                        + " RSS, %d idle streams | RSS after %d waves of %d clients | events/s of a burst |"
                        + " deliveries/s of a broadcast to %d |%n",
                load.starts,
                load.streams,
                load.waves,
                load.wave,
                load.subscribers);
        System.out.println("|---|---|---|---|---|---|---|---|");
        for (int i = 0; i < commands.size(); i++) {
            List<Double> millis = starts.get(i);
            long first;
            long idle;
            try (Server server = Server.start(commands.get(i))) {
                server.millisToFirstEvent();
                first = server.residentKilobytes();
                idle = server.residentKilobytesWithStreams(load.streams);
            }
            long waves;
            try (Server server = Server.start(commands.get(i))) {
                for (int wave = 0; wave < load.waves; wave++) {
                    server.residentKilobytesWithStreams(load.wave);
                }
                waves = server.residentKilobytes();
            }
            try (Server server = Server.start(commands.get(i))) {
                System.out.printf(
                        Locale.ROOT,
                        "| `%s` | %.0f ms (%.0f to %.0f) | %.2f | %d MB | %d MB | %d MB | %,.0f | %,.0f |%n",
                        commands.get(i),
                        median(millis),
                        Collections.min(millis),
                        Collections.max(millis),
                        median(starts.getFirst()) / median(millis),
                        first / 1024,
                        idle / 1024,
                        waves / 1024,
                        server.burst(load),
                        server.broadcast(load));
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
            arguments.addAll(List.of(
                    "--server.port=0",
                    "--server.max-tcp-connections=-1",
                    "--server.features.flosse.max-streams=1000000"));
            long started = System.nanoTime();
            Process process =
                    new ProcessBuilder(arguments).redirectErrorStream(true).start();
            StringBuilder output = new StringBuilder();
            BufferedReader out = process.inputReader(StandardCharsets.UTF_8);
            for (String line = out.readLine(); line != null; line = out.readLine()) {
                Matcher ready = READY.matcher(line);
                if (ready.find()) {
                    Thread.startVirtualThread(() -> out.lines().forEach(ignored -> {}));
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

        long residentKilobytesWithStreams(int count) throws IOException {
            List<Socket> streams = new ArrayList<>();
            try {
                for (int i = 0; i < count; i++) {
                    streams.add(openStream("/sse/idle", "event: open\n"));
                }
                return residentKilobytes();
            } finally {
                for (Socket stream : streams) {
                    stream.close();
                }
            }
        }

        /** Returns the median of the events per second of some bursts, without the first two, which warm up. */
        double burst(Load load) throws IOException {
            List<Double> rates = new ArrayList<>();
            for (int i = 0; i < load.bursts; i++) {
                long begin = System.nanoTime();
                openStream("/sse/burst?n=" + load.burstEvents, "event: end\n").close();
                rates.add(load.burstEvents / secondsSince(begin));
            }
            return median(rates.subList(Math.min(2, load.bursts - 1), load.bursts));
        }

        /** Returns the deliveries per second from the first publish until every subscriber has the last event. */
        double broadcast(Load load) throws Exception {
            List<Socket> sockets = new ArrayList<>();
            try (ExecutorService readers = Executors.newVirtualThreadPerTaskExecutor();
                    Socket publisher = new Socket(InetAddress.getLoopbackAddress(), port)) {
                for (int i = 0; i < load.subscribers; i++) {
                    sockets.add(openStream("/sse/channels/benchmark", "\r\n\r\n"));
                }
                List<Future<?>> received = new ArrayList<>();
                long begin = System.nanoTime();
                for (Socket socket : sockets) {
                    received.add(readers.submit(() -> {
                        readUntil(socket, "data: last\n");
                        return null;
                    }));
                }
                for (int i = 0; i < load.published; i++) {
                    publish(publisher, i == load.published - 1 ? "last" : "event " + i);
                }
                for (Future<?> reader : received) {
                    reader.get();
                }
                return (double) load.subscribers * load.published / secondsSince(begin);
            } finally {
                for (Socket socket : sockets) {
                    socket.close();
                }
            }
        }

        private static void publish(Socket socket, String text) throws IOException {
            String request = "POST /channels/benchmark HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: text/plain\r\n"
                    + "Content-Length: " + text.length() + "\r\n\r\n" + text;
            socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
            String head = readUntil(socket, "\r\n\r\n");
            Matcher length = Pattern.compile("(?i)content-length: *(\\d+)").matcher(head);
            int body = length.find() ? Integer.parseInt(length.group(1)) : 0;
            int read = head.length() - head.indexOf("\r\n\r\n") - 4;
            if (!head.startsWith("HTTP/1.1 2") || read > body) {
                throw new IOException("The publish failed:\n" + head);
            }
            socket.getInputStream().readNBytes(body - read);
        }

        private static double secondsSince(long begin) {
            return (System.nanoTime() - begin) / (double) Duration.ofSeconds(1).toNanos();
        }

        /** Opens a stream and reads until it contains a text. */
        private Socket openStream(String path, String text) throws IOException {
            Socket socket = new Socket(InetAddress.getLoopbackAddress(), port);
            socket.setSoTimeout(60_000);
            String request = "GET " + path + " HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept: text/event-stream\r\n\r\n";
            socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
            readUntil(socket, text);
            return socket;
        }

        /** Reads until a text. Returns the last bytes that were read, which contain the text. */
        private static String readUntil(Socket socket, String text) throws IOException {
            InputStream in = socket.getInputStream();
            byte[] buffer = new byte[16 * 1024];
            String last = "";
            while (!last.contains(text)) {
                int length = in.read(buffer);
                if (length < 0) {
                    throw new IOException(
                            "The connection ended before '" + text.strip() + "'. Received at last:\n" + last);
                }
                String tail = last.substring(Math.max(0, last.length() - 200));
                last = tail + new String(buffer, 0, length, StandardCharsets.ISO_8859_1);
            }
            return last;
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
