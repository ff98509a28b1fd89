package io.flosse.examples.attack;

import io.flosse.examples.fixture.ReverseProxy;
import io.flosse.examples.proxies.DocumentedProxy;
import io.flosse.tools.Tool;
import io.flosse.tools.ToolPolicy;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * The server itself and, where they are installed, nginx and haproxy in front of it: with the configurations of
 * docs/deployment.md, and with those of the tests, which share connections to the server between clients.
 */
final class Targets implements AutoCloseable {

    private final List<Target> all = new ArrayList<>();
    private final List<ReverseProxy> proxies = new ArrayList<>();

    private Targets() {}

    static Targets start(Path folder, int port, Counts counts) throws IOException {
        Targets targets = new Targets();
        targets.all.add(Target.server(port, counts));
        Set<Tool> installed = ToolPolicy.allowInstalled(Set.of(Tool.NGINX, Tool.HAPROXY));
        try {
            if (installed.contains(Tool.NGINX)) {
                String location = DocumentedProxy.NGINX.block().replace("location /sse/", "location /");
                targets.add("nginx", DocumentedProxy.NGINX.start(folder(folder, "nginx"), port, location), counts);
                targets.add("nginx, shared", ReverseProxy.nginx(folder(folder, "nginx-shared"), port), counts);
            }
            if (installed.contains(Tool.HAPROXY)) {
                String configuration = DocumentedProxy.HAPROXY.block();
                targets.add(
                        "haproxy",
                        DocumentedProxy.HAPROXY.start(folder(folder, "haproxy"), port, configuration),
                        counts);
                targets.add("haproxy, shared", ReverseProxy.haproxy(folder(folder, "haproxy-shared"), port), counts);
            }
            return targets;
        } catch (IOException | RuntimeException | Error e) {
            targets.close();
            throw e;
        }
    }

    private static Path folder(Path parent, String name) throws IOException {
        return Files.createDirectories(parent.resolve(name));
    }

    private void add(String name, ReverseProxy proxy, Counts counts) {
        proxies.add(proxy);
        all.add(new Target(name, proxy.port(), false, counts));
    }

    List<Target> all() {
        return all;
    }

    @Override
    public void close() {
        proxies.forEach(ReverseProxy::close);
    }
}
