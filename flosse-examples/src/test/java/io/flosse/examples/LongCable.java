package io.flosse.examples;

import io.flosse.tools.Command;
import io.flosse.tools.ToolPolicy;
import io.flosse.tools.Tool;
import java.io.IOException;
import java.util.List;

/**
 * A server's and a client's network namespace with a router's between them, so that the link that breaks is the client's,
 * and the server's machine cannot know.
 */
final class LongCable implements AutoCloseable {

    private static final String SERVER_ADDRESS = "10.77.1.1";
    private static final String CLIENT_ADDRESS = "10.77.2.1";

    private final String server = name("server");
    private final String router = name("router");
    private final String client = name("client");

    private LongCable() {}

    private static String name(String part) {
        return "flosse-" + ProcessHandle.current().pid() + "-" + part;
    }

    /** Lays the cable; where this machine or user can't, the test is skipped, and says so. */
    static LongCable lay() throws Exception {
        LongCable cable = new LongCable();
        try {
            cable.ip("netns add " + cable.server);
        } catch (AssertionError e) {
            throw ToolPolicy.notPermitted(
                    "This test needs network namespaces, which can't be made here: " + e.getMessage());
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
        at(namespace).before(Command.ofShell("echo " + value + " > " + file)).run();
    }

    String serverAddress() {
        return SERVER_ADDRESS;
    }

    /** The beginning of a command that runs at the server's end. */
    Command atServer() {
        return at(server);
    }

    /** The beginning of a command that runs at the client's end. */
    Command atClient() {
        return at(client);
    }

    private static Command at(String namespace) {
        return Command.of(Tool.IP, "netns", "exec", namespace);
    }

    /** Pulls the client's plug. The router does not know the client any more, and does not say so to anybody. */
    void pull() throws IOException, InterruptedException {
        ip("-n " + router + " route add blackhole " + CLIENT_ADDRESS + "/32");
        ip("-n " + client + " link set wire down");
    }

    private void ip(String arguments) throws IOException, InterruptedException {
        Command.of(Tool.IP, arguments.split(" ")).run();
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
