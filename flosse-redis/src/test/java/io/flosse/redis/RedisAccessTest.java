package io.flosse.redis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.flosse.SseEvent;
import io.flosse.channel.ChannelUnavailableException;
import io.flosse.channel.Channels;
import io.flosse.contract.SubscriptionReader;
import io.flosse.redis.fixture.TestRedis;
import io.flosse.tools.Command;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import redis.clients.jedis.Jedis;

/** Authentication, access rights and TLS. */
class RedisAccessTest {

    private static final String SECRET = "p@ss:w/rd+1%";
    private static final String ENCODED = "p%40ss%3Aw%2Frd+1%25";

    @TempDir
    private Path directory;

    private static String uri(TestRedis redis, String user, String password) {
        return "redis://" + user + ":" + password + "@127.0.0.1:" + redis.port();
    }

    private static void assertWorks(FlosseRedis.Builder builder) {
        try (Channels channels = builder.build().channels().build();
                SubscriptionReader reader =
                        SubscriptionReader.of(channels.channel("orders").subscribe())) {
            channels.channel("orders").publish(SseEvent.of("1"));
            assertThat(reader.next().data()).isEqualTo("1");
        }
    }

    private static String trace(Throwable thrown) {
        StringWriter text = new StringWriter();
        thrown.printStackTrace(new PrintWriter(text));
        return text.toString();
    }

    @Test
    void defaultUserAuthenticatesByPassword() {
        try (TestRedis redis = TestRedis.started("requirepass " + SECRET)) {
            assertWorks(FlosseRedis.builder(uri(redis, "", ENCODED)));
        }
    }

    @Test
    void userWithTheDocumentedRightsIsSufficient() {
        try (TestRedis redis = TestRedis.started();
                Jedis jedis = redis.client()) {
            List<String> rules =
                    new ArrayList<>(List.of("on", ">" + SECRET, "~flosse:*", "resetchannels", "&flosse:*"));
            for (String command : """
                    eval evalsha xadd xrange xrevrange xtrim pexpire time get set exists del publish subscribe
                    unsubscribe ping""".split("\\s+")) {
                rules.add("+" + command);
            }
            jedis.aclSetUser("app", rules.toArray(String[]::new));
            assertWorks(FlosseRedis.builder(uri(redis, "app", ENCODED)));
            try (Channels channels =
                    FlosseRedis.connect(uri(redis, "app", ENCODED)).channels().build()) {
                assertThat(SubscriptionReader.of(channels.job(channels.start(sink -> sink.yield("1")))
                                        .orElseThrow()
                                        .subscribe())
                                .untilEnd())
                        .hasSize(1);
            }
            try (Channels channels = FlosseRedis.builder(uri(redis, "app", ENCODED))
                    .prefix("others:")
                    .build()
                    .channels()
                    .build()) {
                assertThatThrownBy(() -> channels.channel("orders").publish(SseEvent.of("1")))
                        .isInstanceOf(ChannelUnavailableException.class)
                        .hasMessageContaining("NOPERM");
            }
        }
    }

    @Test
    void wrongPasswordAppearsInNoLogAndNoException() {
        List<String> logged = new CopyOnWriteArrayList<>();
        Handler handler = new Handler() {
            @Override
            public void publish(LogRecord record) {
                logged.add(record.getMessage() + (record.getThrown() == null ? "" : trace(record.getThrown())));
            }

            @Override
            public void flush() {}

            @Override
            public void close() {}
        };
        Logger root = Logger.getLogger("");
        Logger flosse = Logger.getLogger("io.flosse");
        Level before = flosse.getLevel();
        root.addHandler(handler);
        flosse.setLevel(Level.ALL);
        try (TestRedis redis = TestRedis.started("requirepass another");
                Channels channels =
                        FlosseRedis.connect(uri(redis, "", ENCODED)).channels().build()) {
            assertThatThrownBy(() -> channels.channel("orders").publish(SseEvent.of("1")))
                    .isInstanceOf(ChannelUnavailableException.class)
                    .satisfies(thrown -> assertThat(trace(thrown))
                            .contains("WRONGPASS")
                            .doesNotContain(SECRET)
                            .doesNotContain(ENCODED));
            assertThat(channels.toString()).doesNotContain(SECRET).doesNotContain(ENCODED);
            String outage = "Redis 127.0.0.1:" + redis.port() + " is unreachable; retrying";
            long deadline = System.nanoTime() + Duration.ofSeconds(20).toNanos();
            while (logged.stream().noneMatch(line -> line.contains(outage))) {
                assertThat(System.nanoTime()).isLessThan(deadline);
                Thread.onSpinWait();
            }
            assertThat(logged).noneMatch(line -> line.contains(SECRET) || line.contains(ENCODED));
        } finally {
            root.removeHandler(handler);
            flosse.setLevel(before);
        }
    }

    @Test
    void tlsNeedsATrustedCertificate() throws Exception {
        Certificate good = certificate("ip:127.0.0.1");
        try (TestRedis redis = secured(good)) {
            String uri = "rediss://127.0.0.1:" + redis.port();
            assertWorks(FlosseRedis.builder(uri).sslContext(good.trusted()));
            assertRefused(FlosseRedis.builder(uri));
        }
    }

    @Test
    void tlsCertificateOfAnotherHostIsRefused() throws Exception {
        Certificate foreign = certificate("dns:redis.example");
        try (TestRedis redis = secured(foreign)) {
            assertRefused(
                    FlosseRedis.builder("rediss://127.0.0.1:" + redis.port()).sslContext(foreign.trusted()));
        }
    }

    private static void assertRefused(FlosseRedis.Builder builder) {
        // Refused without a retry: with this timeout, a test that retries would run into its time limit.
        try (Channels channels =
                builder.timeout(Duration.ofMinutes(10)).build().channels().build()) {
            assertThatThrownBy(() -> channels.channel("orders").publish(SseEvent.of("1")))
                    .isInstanceOf(ChannelUnavailableException.class)
                    .hasMessageContaining("is not trusted")
                    .satisfies(thrown -> assertThat(trace(thrown)).contains("SSLHandshakeException"));
        }
    }

    private static TestRedis secured(Certificate certificate) {
        return TestRedis.secured(
                "tls-cert-file " + certificate.pem(), "tls-key-file " + certificate.key(), "tls-auth-clients no");
    }

    private record Certificate(Path pem, Path key, KeyStore store) {

        SSLContext trusted() throws GeneralSecurityException {
            TrustManagerFactory trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
            trust.init(store);
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(null, trust.getTrustManagers(), null);
            return context;
        }
    }

    private Certificate certificate(String host) throws Exception {
        Path keys = directory.resolve("keys.p12");
        char[] password = "changeit".toCharArray();
        Command.ofJdk(
                        "keytool",
                        "-genkeypair",
                        "-alias",
                        "redis",
                        "-keyalg",
                        "EC",
                        "-dname",
                        "CN=redis",
                        "-ext",
                        "san=" + host,
                        "-keystore",
                        keys.toString(),
                        "-storepass",
                        "changeit")
                .run();
        KeyStore store = KeyStore.getInstance("PKCS12");
        try (InputStream in = Files.newInputStream(keys)) {
            store.load(in, password);
        }
        java.security.cert.Certificate certificate = store.getCertificate("redis");
        KeyStore trusted = KeyStore.getInstance("PKCS12");
        trusted.load(null, null);
        trusted.setCertificateEntry("redis", certificate);
        return new Certificate(
                pem("CERTIFICATE", certificate.getEncoded()),
                pem("PRIVATE KEY", store.getKey("redis", password).getEncoded()),
                trusted);
    }

    private Path pem(String kind, byte[] content) throws IOException {
        String text = "-----BEGIN " + kind + "-----\n"
                + Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(content)
                + "\n-----END " + kind + "-----\n";
        return Files.writeString(directory.resolve(kind.replace(' ', '-') + ".pem"), text);
    }
}
