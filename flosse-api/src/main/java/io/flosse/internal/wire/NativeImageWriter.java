package io.flosse.internal.wire;

import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The {@link Json.ObjectWriter} of a native image: it detects objects that are encoded without their members. A JSON
 * library that finds members by reflection, such as Yasson, finds none in an image without reflection metadata for the
 * class, and then writes <code>{}</code> without an error.
 *
 * <p>An object that becomes <code>{}</code> is rejected if the image has no metadata for its class. An empty object
 * inside its JSON may be intended, and its class is unknown here. So it is logged, once per class. Thread-safe.
 */
final class NativeImageWriter implements Json.ObjectWriter {

    private static final Logger LOGGER = System.getLogger("io.flosse");

    private final Json.ObjectWriter writer;
    private final Set<Class<?>> warned = ConcurrentHashMap.newKeySet();

    NativeImageWriter(Json.ObjectWriter writer) {
        this.writer = writer;
    }

    /** Returns the writer unchanged on a JVM, and with the check in a native image. */
    static Json.ObjectWriter wrapInImage(Json.ObjectWriter writer) {
        return "runtime".equals(System.getProperty("org.graalvm.nativeimage.imagecode"))
                ? new NativeImageWriter(writer)
                : writer;
    }

    @Override
    public byte[] write(Object object) {
        byte[] json = writer.write(object);
        int empty = indexOfEmptyObject(json);
        if (empty < 0) {
            return json;
        }
        Class<?> type = object.getClass();
        if (json.length > 2) {
            if (warned.add(type)) {
                LOGGER.log(
                        Level.WARNING,
                        type.getName() + " was encoded with an empty object inside. If that object has members, this native"
                                + " image has no reflection metadata for its class: see docs/native.md");
            }
        } else if (!hasMetadata(type)) {
            throw new IllegalArgumentException(type.getName() + " was encoded as {}, because this native image has no"
                    + " reflection metadata for it. Add this to \"reflection\" in reachability-metadata.json, and build the"
                    + " image again: {\"type\":\"" + type.getName() + "\",\"allDeclaredConstructors\":true,"
                    + "\"allDeclaredFields\":true,\"allDeclaredMethods\":true}. To send an empty object, yield Map.of()");
        }
        return json;
    }

    /** A record has methods on every JVM. Any other class without members cannot be told from one without metadata. */
    private static boolean hasMetadata(Class<?> type) {
        return type.getDeclaredMethods().length > 0 || (!type.isRecord() && type.getDeclaredFields().length > 0);
    }

    private static int indexOfEmptyObject(byte[] json) {
        for (int i = 1; i < json.length; i++) {
            if (json[i] == '}' && json[i - 1] == '{') {
                return i - 1;
            }
        }
        return -1;
    }
}
