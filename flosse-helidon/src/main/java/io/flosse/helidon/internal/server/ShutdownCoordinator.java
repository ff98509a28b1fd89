package io.flosse.helidon.internal.server;

import io.helidon.Main;
import io.helidon.common.Weighted;
import io.helidon.spi.HelidonShutdownHandler;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The shutdown handler that drains the running servers of this JVM. It is shared by all servers, because Helidon runs
 * shutdown handlers one after another: one handler drains all servers at the same time.
 */
final class ShutdownCoordinator implements HelidonShutdownHandler, Weighted {

    private static final ShutdownCoordinator HANDLER = new ShutdownCoordinator();

    /** The running servers; the value tells whether the server stops with the JVM. Guarded by itself. */
    private static final Map<FlosseRuntime, Boolean> SERVERS = new LinkedHashMap<>();

    private ShutdownCoordinator() {}

    static void add(FlosseRuntime runtime, boolean shutdownHook) {
        synchronized (SERVERS) {
            if (SERVERS.put(runtime, shutdownHook) == null && SERVERS.size() == 1) {
                Main.addShutdownHandler(HANDLER);
            }
        }
    }

    /** Updates the number of draining servers after a server has started to drain. */
    static void draining() {
        synchronized (SERVERS) {
            updateDrainingServers();
        }
    }

    static void remove(FlosseRuntime runtime) {
        synchronized (SERVERS) {
            if (SERVERS.remove(runtime) != null && SERVERS.isEmpty()) {
                Main.removeShutdownHandler(HANDLER);
            }
            updateDrainingServers();
        }
    }

    /** Sets the number of draining servers that the health check reports. */
    private static void updateDrainingServers() {
        DrainingServers.count((int)
                SERVERS.keySet().stream().filter(FlosseRuntime::isDraining).count());
    }

    @Override
    public void shutdown() {
        List<FlosseRuntime> stopping = new ArrayList<>();
        synchronized (SERVERS) {
            SERVERS.forEach((runtime, shutdownHook) -> {
                if (shutdownHook) {
                    stopping.add(runtime);
                }
            });
        }
        List<Thread> drains = stopping.stream()
                .map(runtime -> Thread.ofVirtual()
                        .start(() -> runtime.drain(runtime.settings().drainGrace())))
                .toList();
        for (Thread drain : drains) {
            try {
                drain.join();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return;
            }
        }
    }

    /**
     * Returns a weight above that of the servers' own handlers, which interrupt handlers and close connections at once.
     */
    @Override
    public double weight() {
        return DEFAULT_WEIGHT + 1000;
    }
}
