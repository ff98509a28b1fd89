package io.flosse.helidon;

import static org.assertj.core.api.Assertions.assertThat;

import io.flosse.EndCause;
import io.flosse.Generator;
import io.flosse.SseRequest;
import io.flosse.auth.Authenticator;
import io.flosse.auth.Identity;
import io.flosse.helidon.fixture.TestServer;
import io.flosse.helidon.fixture.LogCapture;
import io.flosse.helidon.fixture.RawConnection;
import io.flosse.helidon.fixture.SocketType;
import io.flosse.permission.IsAuthenticated;
import io.flosse.permission.Permission;
import io.helidon.security.AuthenticationResponse;
import io.helidon.security.Principal;
import io.helidon.security.Security;
import io.helidon.security.Subject;
import io.helidon.webserver.security.SecurityFeature;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** A permission does not outlive its reason: recheck, revoke and expiry on open streams. */
class RevocationTest {

    private static final Duration SOON = Duration.ofMillis(20);
    private static final Authenticator BY_HEADER =
            request -> request.header("X-User").map(Identity::of);

    private final CountDownLatch yielded = new CountDownLatch(1);
    private final Generator forever = (request, sink) -> {
        sink.yield("open");
        yielded.countDown();
        new CountDownLatch(1).await();
    };

    /** Opens the stream, and tells why it ended. The client sees an end of the body without {@code event: end}. */
    private static EndCause causeOf(SseRoute route) {
        try (TestServer server = TestServer.on(SocketType.PLAIN).get("/sse", route).start();
                RawConnection client = server.get("/sse", "X-User: ann").awaitText("data: open")) {
            EndCause cause = server.awaitCause();
            assertThat(client.awaitEnd().isComplete()).isTrue();
            assertThat(client.body()).doesNotContain("flosse:end");
            return cause;
        }
    }

    /** Passes at the gate, and asks another permission once the stream has had its first event. */
    private Permission second(Permission again) {
        var asked = new AtomicInteger();
        return request -> {
            if (asked.getAndIncrement() == 0) {
                return true;
            }
            try {
                yielded.await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            return again.hasPermission(request);
        };
    }

    @Test
    void permissionThatAnswersDifferentlyTheSecondTimeEndsTheStream() {
        SseRoute route = Flosse.stream(forever).permissions(second(request -> false));

        assertThat(causeOf(route.recheck(SOON))).isEqualTo(EndCause.REVOKED);
    }

    @Test
    void permissionThatThrowsTheSecondTimeEndsTheStream() {
        try (LogCapture log = new LogCapture()) {
            SseRoute route = Flosse.stream(forever).permissions(second(request -> {
                throw new IllegalStateException("the database is down");
            }));

            assertThat(causeOf(route.recheck(SOON))).isEqualTo(EndCause.REVOKED);
            assertThat(log.errors())
                    .singleElement()
                    .satisfies(logged -> assertThat(logged.getThrown()).hasMessage("the database is down"));
        }
    }

    @Test
    void permissionThatFailsWithAnErrorTheSecondTimeEndsTheStream() {
        try (LogCapture log = new LogCapture()) {
            SseRoute route = Flosse.stream(forever).permissions(second(request -> {
                throw new StackOverflowError();
            }));

            assertThat(causeOf(route.recheck(SOON))).isEqualTo(EndCause.REVOKED);
            assertThat(log.errors()).hasSize(1);
        }
    }

    @Test
    void permissionThatBlocksTheSecondTimeEndsTheStreamAndIsInterrupted() throws Exception {
        var interrupted = new CountDownLatch(1);
        SseRoute route = Flosse.stream(forever).permissions(second(request -> {
            try {
                new CountDownLatch(1).await();
                return true;
            } catch (InterruptedException e) {
                interrupted.countDown();
                throw new IllegalStateException(e);
            }
        }));
        try (LogCapture log = new LogCapture()) {
            assertThat(causeOf(route.recheck(SOON).writeTimeout(Duration.ofMillis(200))))
                    .isEqualTo(EndCause.REVOKED);
            interrupted.await();
            assertThat(log.errors()).isEmpty();
        }
    }

    /** It is asked once for an opening, so that it can't say yes to the gate and no to the stream, or the other way. */
    @Test
    void permissionIsAskedOnceForAnOpening() {
        var asked = new AtomicInteger();
        SseRoute route = Flosse.stream((request, sink) -> sink.yield("asked " + asked))
                .permissions(request -> asked.incrementAndGet() == 1);
        try (TestServer server = TestServer.on(SocketType.PLAIN).get("/sse", route).start()) {
            try (RawConnection client = server.get("/sse")) {
                client.awaitText("data: asked 1\n");
            }
            try (RawConnection client = server.get("/sse")) {
                assertThat(client.status()).isEqualTo(403);
            }
        }
    }

    /** Nothing is open while it blocks, and others are served. */
    @Test
    void permissionThatBlocksAtTheGateHoldsItsOwnRequestOnly() throws Exception {
        var goOn = new CountDownLatch(1);
        SseRoute route = Flosse.stream(forever);
        try (TestServer server = TestServer.on(SocketType.PLAIN)
                        .get("/blocked", route.permissions(blocking(new CountDownLatch(1), goOn)))
                        .get("/free", route)
                        .start();
                RawConnection blocked = server.connect().get("/blocked");
                RawConnection free = server.get("/free").awaitText("data: open")) {
            assertThat(server.feature().streams())
                    .singleElement()
                    .satisfies(stream -> assertThat(stream.route()).isEqualTo("/free"));
            assertThat(blocked.text()).isEmpty();
            goOn.countDown();
            blocked.awaitText("data: open");
        }
    }

    private static Permission blocking(CountDownLatch asked, CountDownLatch goOn) {
        return request -> {
            asked.countDown();
            try {
                return goOn.await(TestServer.TIMEOUT_SECONDS, java.util.concurrent.TimeUnit.SECONDS);
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        };
    }

    @Test
    void errorInAPermissionIsNoPass() {
        SseRoute route = Flosse.stream(forever).permissions(request -> {
            throw new StackOverflowError();
        });
        try (LogCapture log = new LogCapture();
                TestServer server = TestServer.on(SocketType.PLAIN).get("/sse", route).start();
                RawConnection client = server.get("/sse")) {
            assertThat(client.status()).isEqualTo(500);
            assertThat(client.text()).doesNotContain("StackOverflow");
            assertThat(log.errors()).hasSize(1);
        }
    }

    @Test
    void revokeEndsTheStreamsOfOneIdentityOnly() {
        SseRoute route = Flosse.stream(forever).authenticators(BY_HEADER);
        try (TestServer server = TestServer.on(SocketType.PLAIN).get("/sse", route).start();
                RawConnection ann = server.get("/sse", "X-User: ann").awaitText("data: open");
                RawConnection bob = server.get("/sse", "X-User: bob").awaitText("data: open");
                RawConnection nobody = server.get("/sse").awaitText("data: open")) {
            long start = System.nanoTime();
            assertThat(server.feature().revoke(identity -> identity.name().equals("ann")))
                    .isEqualTo(1);

            assertThat(server.awaitCause()).isEqualTo(EndCause.REVOKED);
            assertThat(ann.awaitEnd().isComplete()).isTrue();
            System.out.println("From revoke to the client's end: " + (System.nanoTime() - start) / 1000 + " us");
            assertThat(server.feature().streams())
                    .hasSize(2)
                    .noneMatch(stream -> stream.identity()
                            .filter(it -> it.name().equals("ann"))
                            .isPresent());
            assertThat(bob.isComplete()).isFalse();
            assertThat(nobody.isComplete()).isFalse();
        }
    }

    /** Known already, not open yet: nobody slips through between the two. */
    @Test
    void revokeReachesAStreamThatIsJustBeingOpened() throws Exception {
        var asked = new CountDownLatch(1);
        var goOn = new CountDownLatch(1);
        var generated = new AtomicBoolean();
        SseRoute route = Flosse.stream((request, sink) -> generated.set(true))
                .authenticators(BY_HEADER)
                .permissions(blocking(asked, goOn));
        try (TestServer server = TestServer.on(SocketType.PLAIN).get("/sse", route).start();
                RawConnection client = server.connect().get("/sse", "X-User: ann")) {
            asked.await();
            assertThat(server.feature().revoke(identity -> true)).isZero();
            goOn.countDown();

            assertThat(client.awaitText("\r\n\r\n").status()).isEqualTo(503);
            assertThat(client.text()).contains("Retry-After");
            assertThat(generated).isFalse();
            assertThat(server.feature().streams()).isEmpty();
            try (RawConnection again = server.get("/sse", "X-User: ann")) {
                assertThat(again.status()).isEqualTo(200);
            }
        }
    }

    @Test
    void expiredIdentityIsNone() {
        SseRoute route = Flosse.stream(forever)
                .authenticators(request -> Optional.of(Identity.of("ann").withExpiry(Instant.now())))
                .permissions(new IsAuthenticated());
        try (TestServer server = TestServer.on(SocketType.PLAIN).get("/sse", route).start();
                RawConnection client = server.get("/sse")) {
            assertThat(client.status()).isEqualTo(403);
        }
    }

    @Test
    void streamEndsWhenItsIdentityExpires() {
        var expiry = Instant.now().plusMillis(700);
        SseRoute route = Flosse.stream(forever)
                .authenticators(request -> Optional.of(Identity.of("ann").withExpiry(expiry)));

        assertThat(causeOf(route)).isEqualTo(EndCause.EXPIRED);
        assertThat(Instant.now()).isAfterOrEqualTo(expiry);
    }

    /** As Helidon's JWT and OIDC leave it: the claims of the token are attributes of the principal, exp in seconds. */
    @Test
    void streamEndsWhenTheTokenOfHelidonSecurityExpires() {
        long exp = Instant.now().plusMillis(1500).getEpochSecond() + 1;
        Security security = Security.builder()
                .addAuthenticationProvider(request -> AuthenticationResponse.success(Subject.builder()
                        .principal(Principal.builder()
                                .name("ann")
                                .addAttribute("exp", exp)
                                .addAttribute("tenant", "acme")
                                .build())
                        .build()))
                .build();
        SseRoute route = Flosse.stream((request, sink) -> {
            sink.yield(described(request));
            new CountDownLatch(1).await();
        });
        try (TestServer server = TestServer.on(SocketType.PLAIN)
                        .settings(builder -> builder.addFeature(
                                SecurityFeature.builder().security(security).build()))
                        .routing(routing -> routing.get("/sse", SecurityFeature.authenticate(), route))
                        .start();
                RawConnection client = server.get("/sse").awaitText("data: ann of acme until " + exp + "\n")) {
            assertThat(server.awaitCause()).isEqualTo(EndCause.EXPIRED);
            assertThat(client.awaitEnd().isComplete()).isTrue();
            assertThat(Instant.now().getEpochSecond()).isGreaterThanOrEqualTo(exp);
        }
    }

    private static String described(SseRequest request) {
        Identity who = request.identity().orElseThrow();
        return who.name() + " of " + who.attribute("tenant").orElse("?") + " until "
                + who.expiry().orElse(Instant.EPOCH).getEpochSecond();
    }
}
