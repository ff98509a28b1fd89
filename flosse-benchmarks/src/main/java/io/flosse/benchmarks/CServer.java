package io.flosse.benchmarks;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** The server of the peer {@code c}: a program that this machine's C compiler builds from src/main/c/server.c. */
final class CServer {

    private static final Path SOURCE = Path.of("src", "main", "c", "server.c");
    static final Path EXECUTABLE = Path.of("target", "benchmarks", "server");

    private CServer() {}

    /** Compiles the program. Returns false, after it said so, if this machine has no C compiler. */
    static boolean compile() throws IOException, InterruptedException {
        Files.createDirectories(EXECUTABLE.getParent());
        Process compiler;
        try {
            compiler = new ProcessBuilder("cc", "-O2", "-Wall", "-o", EXECUTABLE.toString(), SOURCE.toString())
                    .inheritIO()
                    .start();
        } catch (IOException e) {
            System.out.println("Peer c is left out, since this machine has no C compiler: " + e.getMessage());
            return false;
        }
        int exitCode = compiler.waitFor();
        if (exitCode != 0) {
            throw new IOException("cc failed to compile " + SOURCE + "; its exit code is " + exitCode
                    + ". Name other peers to go on without it");
        }
        return true;
    }
}
