package io.flosse.examples;

import io.flosse.tools.Command;
import java.nio.file.Path;
import java.util.Map;

/** A key of its own for a server under test, made by {@code keytool}; nobody trusts it. */
final class Certificate {

    private static final String SECRET = "changeit";
    private static final String KEYS = "server.tls.private-key.keystore.";

    private Certificate() {}

    /** The configuration of a server that speaks TLS, whose key is kept in a folder. */
    static Map<String, String> configuration(Path folder) throws Exception {
        Path keystore = folder.resolve("server.p12");
        Command.ofJdk(
                        "keytool",
                        "-genkeypair",
                        "-keyalg",
                        "EC",
                        "-alias",
                        "server",
                        "-dname",
                        "CN=localhost",
                        "-storetype",
                        "PKCS12",
                        "-storepass",
                        SECRET,
                        "-keystore",
                        keystore.toString())
                .run();
        return Map.of(
                KEYS + "resource.path",
                keystore.toString(),
                KEYS + "passphrase",
                SECRET,
                KEYS + "key.alias",
                "server",
                KEYS + "key.passphrase",
                SECRET);
    }
}
