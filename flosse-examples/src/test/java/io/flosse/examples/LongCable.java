package io.flosse.examples;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Assumptions;

/**
 * A server's and a client's network namespace with a router's between them, so that the link that breaks is the client's,
 * and the server's machine cannot know.
 */
final class LongCable implements AutoCloseable {

    private static final String SERVER_ADDRESS = "10.77.1.1";
    private static final String CLIENT_ADDRESS = "10.77.2.1";

    private final String ip;
    private final String server = name("server");
    private final String router = name("router");
    private final String client = name("client");

    private LongCable(String ip) {
        this.ip = ip;
    }

    private static String name(String part) {
        return "flosse-" + ProcessHandle.current().pid() + "-" + part;
    }

    /** Lays the cable; where this machine or user can't, the test is skipped, and says so. */
    static LongCable lay() throws Exception {
        LongCable cable = new LongCable(Tools.require("ip"));
        try {
            cable.ip("netns add " + cable.server);
        } catch (AssertionError e) {
            String message = "This test needs network namespaces, which root alone can make: " + e.getMessage();
            System.out.println("SKIPPED. " + message);
            Assumptions.abort(message);
        }
        try {
            cable.connect();
        } catch (AssertionError | IOException | InterruptedException e) {
            cable.close();
            throw e;
        }
        return cable;
    }

    private void connect() throws IOException, InterruptedException {
        ip("netns add " + router);
        ip("netns add " + client);
        ip("link add wire netns " + server + " type veth peer name left netns " + router);
        ip("link add wire netns " + client + " type veth peer name right netns " + router);
        ip("-n " + server + " addr add " + SERVER_ADDRESS + "/24 dev wire");
        ip("-n " + router + " addr add 10.77.1.2/24 dev left");
        ip("-n " + router + " addr add 10.77.2.2/24 dev right");
        ip("-n " + client + " addr add " + CLIENT_ADDRESS + "/24 dev wire");
        for (String link :
                List.of(server + " lo", server + " wire", router + " left", router + " right", client + " wire")) {
            String[] where = link.split(" ");
            ip("-n " + where[0] + " link set " + where[1] + " up");
        }
        ip("-n " + server + " route add default via 10.77.1.2");
        ip("-n " + client + " route add default via 10.77.2.2");
        setting(router, "net.ipv4.ip_forward", 1);
    }

    /** Sets how patient the server's kernel is. */
    void setting(String name, int value) throws IOException, InterruptedException {
        setting(server, name, value);
    }

    private void setting(String namespace, String name, int value) throws IOException, InterruptedException {
        String file = "/proc/sys/" + name.replace('.', '/');
        Tools.run(List.of(ip, "netns", "exec", namespace, "sh", "-c", "echo " + value + " > " + file));
    }

    String serverAddress() {
        return SERVER_ADDRESS;
    }

    /** The beginning of a command that runs at the server's end. */
    List<String> atServer() {
        return List.of(ip, "netns", "exec", server);
    }

    /** The beginning of a command that runs at the client's end. */
    List<String> atClient() {
        return List.of(ip, "netns", "exec", client);
    }

    /** Pulls the client's plug. The router does not know the client any more, and does not say so to anybody. */
    void pull() throws IOException, InterruptedException {
        ip("-n " + router + " route add blackhole " + CLIENT_ADDRESS + "/32");
        ip("-n " + client + " link set wire down");
    }

    private void ip(String arguments) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of(ip));
        command.addAll(Arrays.asList(arguments.split(" ")));
        Tools.run(command);
    }

    @Override
    public void close() throws Exception {
        for (String namespace : List.of(server, router, client)) {
            try {
                ip("netns del " + namespace);
            } catch (AssertionError notThere) {
                // It was never made.
            }
        }
    }
}
