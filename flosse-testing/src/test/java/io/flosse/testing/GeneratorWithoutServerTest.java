package io.flosse.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.flosse.ClientDisconnectedException;
import io.flosse.Generator;
import io.flosse.SseEvent;
import io.flosse.StreamEndedException;
import io.flosse.auth.Identity;
import io.flosse.permission.AllowAny;
import io.flosse.permission.IsAdminUser;
import io.flosse.permission.IsAuthenticated;
import io.flosse.permission.Permission;
import jakarta.json.JsonObject;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;

/** Generators and permissions are plain objects that can be tested without a server. */
class GeneratorWithoutServerTest {

    private static final TestRequest ANONYMOUS = TestRequest.get("/sse/x");
    private static final TestRequest ANN = ANONYMOUS.withIdentity(Identity.of("ann"));
    private static final TestRequest ROOT =
            ANONYMOUS.withIdentity(Identity.of("root").withRoles("admin"));
    private static final Permission BROKEN = request -> {
        throw new IllegalStateException("the database is unreachable");
    };

    @Test
    void generatorReadsItsRequestAndYieldsEvents() throws Exception {
        Generator generator = (request, sink) -> {
            int last = request.lastEventId().map(Integer::parseInt).orElse(0);
            for (int n = last + 1; n <= 3; n++) {
                sink.yield("item", request.query("prefix").orElse("") + n, Integer.toString(n));
            }
        };
        RecordingYield sink = RecordingYield.create();
        generator.generate(ANONYMOUS.withLastEventId("1").withQuery("prefix", "#"), sink);
        assertThat(sink.events())
                .containsExactly(
                        SseEvent.of("#2").withEvent("item").withId("2"),
                        SseEvent.of("#3").withEvent("item").withId("3"));
    }

    @Test
    void disconnectEndsTheLoop() {
        AtomicBoolean cleanedUp = new AtomicBoolean();
        Generator endless = (request, sink) -> {
            try {
                while (true) {
                    sink.yield("tick");
                }
            } finally {
                cleanedUp.set(true);
            }
        };
        RecordingYield sink = RecordingYield.disconnectingAfter(2);
        assertThatThrownBy(() -> endless.generate(ANONYMOUS, sink)).isInstanceOf(ClientDisconnectedException.class);
        assertThat(sink.events()).hasSize(2);
        assertThat(cleanedUp).isTrue();
    }

    @Test
    void sleepsTakeNoTimeAndAreRecorded() throws Exception {
        Generator twoHours = (request, sink) -> {
            for (int i = 0; i < 2; i++) {
                sink.yield("tick");
                sink.sleep(Duration.ofHours(1));
            }
        };
        RecordingYield sink = RecordingYield.create();
        twoHours.generate(ANONYMOUS, sink);
        assertThat(sink.sleeps()).containsExactly(Duration.ofHours(1), Duration.ofHours(1));

        RecordingYield left = RecordingYield.disconnectingAfter(1);
        assertThatThrownBy(() -> twoHours.generate(ANONYMOUS, left)).isInstanceOf(ClientDisconnectedException.class);
        assertThat(left.sleeps()).isEmpty();
        assertThat(left.events()).hasSize(1);
    }

    @Test
    void interruptEndsAnEndlessLoop() {
        Generator endless = (request, sink) -> {
            while (true) {
                sink.yield("tick");
                Thread.currentThread().interrupt();
                sink.sleep(Duration.ofSeconds(1));
            }
        };
        RecordingYield sink = RecordingYield.create();
        assertThatThrownBy(() -> endless.generate(ANONYMOUS, sink))
                .isInstanceOf(StreamEndedException.class)
                .isNotInstanceOf(ClientDisconnectedException.class);
        assertThat(Thread.interrupted()).isTrue();
        assertThat(sink.sleeps()).isEmpty();
    }

    /** As on a server: an invalid value does not hide the end from a loop that skips invalid values. */
    @Test
    void invalidValueAfterTheEndThrowsStreamEndedException() {
        RecordingYield sink = RecordingYield.disconnectingAfter(1);
        assertThatIllegalArgumentException().isThrownBy(() -> sink.yield("tick", Double.NaN));
        sink.yield("tick");
        assertThatThrownBy(() -> sink.yield("tick", Double.NaN)).isInstanceOf(ClientDisconnectedException.class);
    }

    @Test
    void doneCallbacksAllRunInReverseOrder() {
        TestRequest request = TestRequest.get("/sse/x");
        List<String> run = new ArrayList<>();
        IllegalStateException failure = new IllegalStateException("on purpose");
        request.onDone(() -> run.add("first"));
        request.onDone(() -> {
            request.onDone(() -> run.add("meanwhile"));
            throw failure;
        });
        request.onDone(() -> run.add("last"));

        assertThatThrownBy(request::done).isSameAs(failure);
        assertThat(run).containsExactly("last", "meanwhile", "first");
        request.done();
        assertThat(run).hasSize(3);
    }

    @Test
    void permissionsCheckIdentitiesAndRoles() {
        assertThat(new AllowAny().hasPermission(ANONYMOUS)).isTrue();
        assertThat(new IsAuthenticated().hasPermission(ANONYMOUS)).isFalse();
        assertThat(new IsAuthenticated().hasPermission(ANN)).isTrue();
        assertThat(new IsAdminUser().hasPermission(ANN)).isFalse();
        assertThat(new IsAdminUser().hasPermission(ROOT)).isTrue();
        assertThat(new IsAdminUser("Admin").hasPermission(ROOT)).isFalse();
        assertThat(Permission.hasRole("admin").hasPermission(ROOT)).isTrue();
        assertThat(Permission.hasRole("admin").hasPermission(ANN)).isFalse();
        assertThat(Permission.hasRole("admin").hasPermission(ANONYMOUS)).isFalse();
        assertThat(Permission.hasRole("ops").hasPermission(ROOT)).isFalse();
    }

    @Test
    void permissionsCanBeCombined() {
        Permission admin = new IsAdminUser();
        Permission any = new AllowAny();
        assertThat(admin.and(any).hasPermission(ANN)).isFalse();
        assertThat(admin.or(any).hasPermission(ANN)).isTrue();
        assertThat(admin.not().hasPermission(ANN)).isTrue();
        assertThat(any.not().hasPermission(ANN)).isFalse();
    }

    @Test
    void combinedPermissionsStopAtTheFirstDecision() {
        assertThat(new AllowAny().or(BROKEN).hasPermission(ANN)).isTrue();
        assertThat(new AllowAny().not().and(BROKEN).hasPermission(ANN)).isFalse();
    }

    @Test
    void exceptionNeverGrantsPermission() {
        assertThatIllegalStateException().isThrownBy(() -> BROKEN.not().hasPermission(ANN));
        assertThatIllegalStateException()
                .isThrownBy(() -> BROKEN.or(new AllowAny()).hasPermission(ANN));
        assertThatIllegalStateException()
                .isThrownBy(() -> BROKEN.and(new AllowAny()).not().hasPermission(ANN));
    }

    @Test
    void requestsAreImmutable() {
        TestRequest more =
                ANONYMOUS.withHeader("X-A", "1").withHeader("x-a", "2").withCookie("c", "v");
        assertThat(ANONYMOUS.header("X-A")).isEmpty();
        assertThat(more.headerAll("X-A")).containsExactly("1", "2");
        assertThat(more.cookie("c")).contains("v");
        assertThat(more.withPathParameter("name", "news").pathParameter("name")).contains("news");
        assertThat(more.withRemoteAddress("192.0.2.7").remoteAddress()).isEqualTo("192.0.2.7");
    }

    @Test
    void bodyIsReadAsTextBytesOrJson() {
        TestRequest request = TestRequest.post("/sse/complete", "{\"prompt\":\"hi\"}");
        assertThat(request.body(String.class)).isEqualTo("{\"prompt\":\"hi\"}");
        assertThat(request.body(byte[].class)).hasSize(15);
        assertThat(request.body(JsonObject.class).getString("prompt")).isEqualTo("hi");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> TestRequest.post("/", "[").body(JsonObject.class));
    }
}
