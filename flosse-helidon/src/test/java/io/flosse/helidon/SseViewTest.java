package io.flosse.helidon;

import static org.assertj.core.api.Assertions.assertThat;

import io.flosse.SseEvent;
import io.flosse.SseRequest;
import io.flosse.SseView;
import io.flosse.Yield;
import io.flosse.auth.Authenticator;
import io.flosse.auth.Identity;
import io.flosse.helidon.fixture.LogCapture;
import io.flosse.permission.IsAuthenticated;
import io.flosse.permission.Permission;
import io.helidon.http.NotFoundException;
import io.helidon.http.Status;
import io.helidon.webclient.api.ClientResponseTyped;
import io.helidon.webserver.http.HttpRouting;
import io.helidon.webserver.testing.junit5.DirectClient;
import io.helidon.webserver.testing.junit5.RoutingTest;
import io.helidon.webserver.testing.junit5.SetUpRoute;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** Class-based views: overriding one method changes only that aspect of the route. */
@RoutingTest
class SseViewTest {

    private static final String END = "id: flosse:end\nevent: end\ndata: {}\n\n";

    private final DirectClient client;

    SseViewTest(DirectClient client) {
        this.client = client;
    }

    @SetUpRoute
    static void routes(HttpRouting.Builder routing) {
        routing.get("/plain", Flosse.stream(new Plain()))
                .get("/secured", Flosse.stream(new Secured()))
                .get("/secured/opened", Flosse.stream(new Secured()).permissions())
                .get("/known", Flosse.stream(new Known()))
                .get("/retrying", Flosse.stream(new Retrying()))
                .get("/retrying/faster", Flosse.stream(new Retrying()).retry(Duration.ofMillis(100)))
                .get("/lazy", Flosse.stream(new Lazy()))
                .get("/again", Flosse.stream(new Again()))
                .get("/mapped", Flosse.stream(new Mapped()));
    }

    static class Plain extends SseView {
        @Override
        public void generate(SseRequest request, Yield sink) throws Exception {
            sink.yield(request.identity().map(Identity::name).orElse("nobody"));
        }
    }

    static final class Secured extends Plain {
        @Override
        public List<Permission> permissions() {
            return List.of(new IsAuthenticated());
        }
    }

    static final class Known extends Plain {
        @Override
        public List<Authenticator> authenticators() {
            return List.of(request -> Optional.of(Identity.of("ann")));
        }
    }

    static final class Retrying extends Plain {
        @Override
        public Optional<Duration> retry() {
            return Optional.of(Duration.ofSeconds(4));
        }
    }

    static final class Lazy extends SseView {
        @Override
        public boolean openOnFirstYield() {
            return true;
        }

        @Override
        public void generate(SseRequest request, Yield sink) {
            throw new NotFoundException("There is no such job");
        }
    }

    static final class Again extends Plain {
        @Override
        public boolean noEndEvent() {
            return true;
        }
    }

    static final class Mapped extends SseView {
        @Override
        public Optional<SseEvent> onError(Throwable failure) {
            return Optional.of(SseEvent.of(failure.getMessage()).withEvent("sorry"));
        }

        @Override
        public void generate(SseRequest request, Yield sink) {
            throw new IllegalArgumentException("mapped by the view");
        }
    }

    @Test
    void viewWithoutOverridesUsesTheDefaults() {
        assertThat(get("/plain").entity()).isEqualTo(":\ndata: nobody\n\n" + END);
    }

    @Test
    void permissionsOfViewAreAsked() {
        assertThat(get("/secured").status()).isEqualTo(Status.FORBIDDEN_403);
    }

    @Test
    void routeOptionOverridesTheView() {
        assertThat(get("/secured/opened").entity()).contains("data: nobody\n");
        assertThat(get("/retrying/faster").entity()).startsWith("retry: 100\n");
    }

    @Test
    void authenticatorsOfViewAreAsked() {
        assertThat(get("/known").entity()).contains("data: ann\n");
    }

    @Test
    void retryOfViewIsSent() {
        assertThat(get("/retrying").entity()).isEqualTo("retry: 4000\ndata: nobody\n\n" + END);
    }

    @Test
    void openOnFirstYieldOfViewIsUsed() {
        assertThat(get("/lazy").status()).isEqualTo(Status.NOT_FOUND_404);
    }

    @Test
    void noEndEventOfViewIsUsed() {
        assertThat(get("/again").entity()).isEqualTo(":\ndata: nobody\n\n");
    }

    @Test
    void onErrorOfViewMapsTheException() {
        try (LogCapture log = new LogCapture()) {
            assertThat(get("/mapped").entity()).isEqualTo(":\nevent: sorry\ndata: mapped by the view\n\n");
            assertThat(log.errors()).hasSize(1);
        }
    }

    private ClientResponseTyped<String> get(String path) {
        return client.get(path).request(String.class);
    }
}
