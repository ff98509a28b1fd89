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
 * <p>An object that becomes <code>{}</code> is rejected, unless another object of its class was encoded with members:
 * then its members are null. An empty object inside its JSON may be an empty map, and its class is unknown here. So it
 * is logged, once per class. Thread-safe.
 */
final class NativeImageWriter implements Json.ObjectWriter {

    private static final Logger LOGGER = System.getLogger("io.flosse");

    private final Json.ObjectWriter writer;

    /** The classes of which an object was encoded with members. */
    private final Set<Class<?>> described = ConcurrentHashMap.newKeySet();

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
        Class<?> type = object.getClass();
        if (isEmptyObject(json)) {
            if (!described.contains(type)) {
                throw new IllegalArgumentException(
                        type.getName() + " was encoded as {}. If it has members, this native image has no reflection"
                                + " metadata for it: add this to \"reflection\" in reachability-metadata.json, and build the"
                                + " image again: {\"type\":\"" + type.getName() + "\",\"allDeclaredConstructors\":true,"
                                + "\"allDeclaredFields\":true,\"allDeclaredMethods\":true}. If it has that entry, all its"
                                + " members are null: set one of them, or yield Map.of()");
            }
        } else {
            described.add(type);
            if (!warned.contains(type) && containsEmptyObject(json) && warned.add(type)) {
                LOGGER.log(
                        Level.WARNING,
                        type.getName()
                                + " was encoded with an empty object inside. If that object has members, this native"
                                + " image has no reflection metadata for its class: see docs/native.md");
            }
        }
        return json;
    }

    private static boolean isEmptyObject(byte[] json) {
        return json.length == 2 && json[0] == '{' && json[1] == '}';
    }

    /** Returns whether there is an empty object outside of the strings. */
    private static boolean containsEmptyObject(byte[] json) {
        boolean inString = false;
        for (int i = 0; i < json.length; i++) {
            if (json[i] == '"') {
                inString = !inString;
            } else if (inString && json[i] == '\\') {
                i++; // the escaped character
            } else if (!inString && json[i] == '}' && i > 0 && json[i - 1] == '{') {
                return true;
            }
        }
        return false;
    }
}
