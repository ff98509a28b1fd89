package io.flosse.internal;

import io.flosse.SseRequest;
import io.flosse.permission.Permission;
import java.util.List;
import java.util.stream.Stream;

/** A permission that needs two permissions. The second one is checked only if the first one allows the request. */
public record BothPermissions(Permission first, Permission second) implements Permission {

    @Override
    public boolean hasPermission(SseRequest request) {
        return first.hasPermission(request) && second.hasPermission(request);
    }

    /** Returns the permissions of a list, with the two parts of each such permission in its place. */
    public static List<Permission> flatten(List<Permission> permissions) {
        return permissions.stream().flatMap(BothPermissions::parts).toList();
    }

    private static Stream<Permission> parts(Permission permission) {
        return permission instanceof BothPermissions both
                ? Stream.of(both.first, both.second).flatMap(BothPermissions::parts)
                : Stream.of(permission);
    }
}
