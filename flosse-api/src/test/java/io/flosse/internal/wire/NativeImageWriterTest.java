package io.flosse.internal.wire;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.flosse.fixture.WarningLog;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/**
 * The check of objects that a native image encodes without their members. On a JVM only a class without members looks
 * like a class without metadata. {@code .ci/release-check} tests it with a record, in an image.
 */
class NativeImageWriterTest {

    /** A class that looks the same with and without metadata. */
    static class NoMembers {}

    record Title(@Nullable String text) {}

    private static byte[] encode(Object object, String json) {
        return new NativeImageWriter(any -> json.getBytes(UTF_8)).write(object);
    }

    @Test
    void emptyObjectOfClassWithoutMetadataIsRejected() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> encode(new NoMembers(), "{}"))
                .withMessageContaining("was encoded as {}")
                .withMessageContaining("{\"type\":\"" + NoMembers.class.getName()
                        + "\",\"allDeclaredConstructors\":true,\"allDeclaredFields\":true,\"allDeclaredMethods\":true}");
    }

    /** JSON-B omits members that are null. */
    @Test
    void emptyObjectOfClassWithMetadataIsSent() {
        assertThat(encode(new Title(null), "{}")).isEqualTo("{}".getBytes(UTF_8));
    }

    @Test
    void emptyObjectInsideAnObjectIsSentAndLoggedOnce() {
        try (WarningLog log = new WarningLog()) {
            var writer = new NativeImageWriter(any -> "{\"items\":[{}]}".getBytes(UTF_8));
            for (int i = 0; i < 3; i++) {
                assertThat(writer.write(new NoMembers())).isEqualTo("{\"items\":[{}]}".getBytes(UTF_8));
            }
            assertThat(log.messages()).singleElement().asString().contains(NoMembers.class.getName(), "docs/native.md");
        }
    }

    @Test
    void otherJsonIsSentUnchanged() {
        for (String json : new String[] {"", "{", "}", "[]", "}{", "{\"a\":1}"}) {
            assertThat(encode(new NoMembers(), json)).isEqualTo(json.getBytes(UTF_8));
        }
    }

    @Test
    void jvmHasNoCheck() {
        Json.ObjectWriter writer = any -> "{}".getBytes(UTF_8);
        assertThat(NativeImageWriter.wrapInImage(writer)).isSameAs(writer);
    }
}
