package io.flosse.helidon.internal.server;

import io.helidon.Main;
import io.helidon.common.Weighted;
import io.helidon.spi.HelidonShutdownHandler;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The servers of this JVM that are up: the only thing of flosse that is the JVM's and not a server's, because a shutdown
 * is. Helidon runs shutdown handlers one after another, so one handler drains all servers at once.
 */
final class ShutdownCoordinator implements HelidonShutdownHandler, Weighted {

    private static final ShutdownCoordinator HANDLER = new ShutdownCoordinator();

    /** With each, whether it goes down with the JVM. Guarded by itself. */
    private static final Map<FlosseRuntime, Boolean> SERVERS = new LinkedHashMap<>();

    private ShutdownCoordinator() {}

    static void add(FlosseRuntime runtime, boolean shutdownHook) {
        synchronized (SERVERS) {
            if (SERVERS.put(runtime, shutdownHook) == null && SERVERS.size() == 1) {
                Main.addShutdownHandler(HANDLER);
            }
        }
    }

    static void draining() {
        synchronized (SERVERS) {
            tellHealth();
        }
    }

    static void remove(FlosseRuntime runtime) {
        synchronized (SERVERS) {
            if (SERVERS.remove(runtime) != null && SERVERS.isEmpty()) {
                Main.removeShutdownHandler(HANDLER);
            }
            tellHealth();
        }
    }

    /** Tells the health check how many servers of this JVM drain. */
    private static void tellHealth() {
        DrainingServers.count((int)
                SERVERS.keySet().stream().filter(FlosseRuntime::isDraining).count());
    }

    @Override
    public void shutdown() {
        List<FlosseRuntime> draining = new ArrayList<>();
        synchronized (SERVERS) {
            SERVERS.forEach((runtime, shutdownHook) -> {
                if (shutdownHook) {
                    draining.add(runtime);
                }
            });
        }
        List<Thread> drains = draining.stream()
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

    /** Before the servers' own handlers, which interrupt and close at once. */
    @Override
    public double weight() {
        return DEFAULT_WEIGHT + 1000;
    }
}
