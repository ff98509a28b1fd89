package io.flosse.examples.streams;

import io.flosse.helidon.Flosse;
import io.flosse.helidon.SseRoute;
import io.flosse.permission.IsAdminUser;
import io.flosse.permission.Permission;
import java.util.List;

/** The view {@link Me}, restricted to users with the role {@code admin}. */
public final class Admin extends Me {

    private Admin() {}

    public static SseRoute route() {
        return Flosse.stream(new Admin());
    }

    @Override
    public List<Permission> permissions() {
        return List.of(Permission.sameOrigin(), new IsAdminUser());
    }
}
