package io.flosse.helidon;

import io.flosse.tools.Command;
import io.helidon.common.tls.Tls;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;

/** What a test's bytes travel on. The certificate is made by {@code keytool} when a test first asks for it. */
enum Wire {
    PLAIN,
    TLS;

    /** Both ends of TLS: the server shows the one certificate that the client trusts. */
    static SSLContext sslContext() {
        return Certificate.CONTEXT;
    }

    static Tls tls() {
        return Tls.builder().sslContext(sslContext()).build();
    }

    private static final class Certificate {

        private static final char[] PASSWORD = "changeit".toCharArray();
        private static final SSLContext CONTEXT = context();

        private static SSLContext context() {
            try {
                KeyStore keys = KeyStore.getInstance("PKCS12");
                try (InputStream in = Files.newInputStream(keystore())) {
                    keys.load(in, PASSWORD);
                }
                var keyManagers = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
                keyManagers.init(keys, PASSWORD);
                var trustManagers = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
                trustManagers.init(keys);
                SSLContext context = SSLContext.getInstance("TLS");
                context.init(keyManagers.getKeyManagers(), trustManagers.getTrustManagers(), null);
                // Or the JDK keeps 20,480 of them, which looks like a leak.
                context.getClientSessionContext().setSessionCacheSize(1);
                context.getServerSessionContext().setSessionCacheSize(1);
                return context;
            } catch (IOException | GeneralSecurityException e) {
                throw new IllegalStateException(e);
            }
        }

        private static Path keystore() throws IOException {
            Path directory = Files.createTempDirectory("flosse-tls");
            Path keystore = directory.resolve("server.p12");
            Command keytool = Command.ofJdk(
                    "keytool",
                    "-genkeypair",
                    "-alias",
                    "server",
                    "-keyalg",
                    "EC",
                    "-groupname",
                    "secp256r1",
                    "-dname",
                    "CN=127.0.0.1",
                    "-ext",
                    "san=ip:127.0.0.1",
                    "-storetype",
                    "PKCS12",
                    "-keystore",
                    keystore.toString(),
                    "-storepass",
                    new String(PASSWORD));
            try {
                keytool.run();
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
            keystore.toFile().deleteOnExit();
            directory.toFile().deleteOnExit();
            return keystore;
        }
    }
}
