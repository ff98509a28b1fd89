package io.flosse.examples.streams;

import io.flosse.SseRequest;
import io.flosse.SseView;
import io.flosse.Yield;
import io.flosse.auth.Authenticator;
import io.flosse.helidon.Flosse;
import io.flosse.helidon.SseRoute;
import io.flosse.permission.IsAuthenticated;
import io.flosse.permission.Permission;
import java.util.List;
import java.util.Map;

/** A class-based view for everybody who has logged in. */
public class Me extends SseView {

    Me() {}

    public static SseRoute route() {
        return Flosse.stream(new Me());
    }

    @Override
    public List<Authenticator> authenticators() {
        return List.of(Flosse.helidonSecurity().withChallenge("Basic realm=\"flosse\""));
    }

    @Override
    public List<Permission> permissions() {
        return List.of(new IsAuthenticated());
    }

    @Override
    public void generate(SseRequest request, Yield sink) {
        String name = request.identity().orElseThrow().name();
        sink.yield("hello", Map.of("name", name));
    }
}
