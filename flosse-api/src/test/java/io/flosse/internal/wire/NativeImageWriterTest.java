package io.flosse.internal.wire;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.flosse.fixture.WarningLog;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/**
 * The check of objects that a native image encodes without their members. {@code .ci/release-check} tests it with a
 * record, in an image.
 */
class NativeImageWriterTest {

    record Title(@Nullable String text) {}

    record Name(@Nullable String text) {}

    private static final Title TITLE = new Title("flosse");

    private static byte[] encode(String json) {
        return new NativeImageWriter(any -> json.getBytes(UTF_8)).write(TITLE);
    }

    @Test
    void objectWithoutMembersIsRejectedEachTime() {
        var writer = new NativeImageWriter(any -> "{}".getBytes(UTF_8));
        for (int i = 0; i < 2; i++) {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> writer.write(TITLE))
                    .withMessageContaining("was encoded as {}")
                    .withMessageContaining(
                            "{\"type\":\"" + Title.class.getName()
                                    + "\",\"allDeclaredConstructors\":true,\"allDeclaredFields\":true,\"allDeclaredMethods\":true}");
        }
    }

    /** JSON-B omits members that are null. */
    @Test
    void emptyObjectIsSentIfItsClassIsKnownToHaveMembers() {
        var writer = new NativeImageWriter(
                any -> any.equals(TITLE) ? "{\"text\":\"flosse\"}".getBytes(UTF_8) : "{}".getBytes(UTF_8));
        writer.write(TITLE);

        assertThat(writer.write(new Title(null))).isEqualTo("{}".getBytes(UTF_8));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> writer.write(new Name(null)))
                .withMessageContaining(Name.class.getName());
    }

    @Test
    void emptyObjectInsideAnObjectIsSentAndLoggedOnce() {
        try (WarningLog log = new WarningLog()) {
            var writer = new NativeImageWriter(any -> "{\"items\":[{}]}".getBytes(UTF_8));
            for (int i = 0; i < 3; i++) {
                assertThat(writer.write(TITLE)).isEqualTo("{\"items\":[{}]}".getBytes(UTF_8));
            }
            assertThat(log.messages()).singleElement().asString().contains(Title.class.getName(), "docs/native.md");
        }
    }

    @Test
    void otherJsonIsSentUnchangedWithoutWarning() {
        try (WarningLog log = new WarningLog()) {
            for (String json : new String[] {
                "", "{", "}", "[]", "}{", "{\"a\":1}", "{\"a\":\"{}\"}", "{\"a\":\"\\\"{}\"}", "[\"\\\\\",\"{}\"]"
            }) {
                assertThat(encode(json)).isEqualTo(json.getBytes(UTF_8));
            }
            assertThat(log.messages()).isEmpty();
        }
    }

    @Test
    void emptyObjectAfterAStringIsDetected() {
        try (WarningLog log = new WarningLog()) {
            encode("{\"a\":\"\\\\\",\"b\":{}}");
            assertThat(log.messages()).hasSize(1);
        }
    }

    @Test
    void jvmHasNoCheck() {
        Json.ObjectWriter writer = any -> "{}".getBytes(UTF_8);
        assertThat(NativeImageWriter.wrapInImage(writer)).isSameAs(writer);
    }
}
