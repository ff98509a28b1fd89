package io.flosse.redis.internal.connection;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.flosse.redis.fixture.SharedRedis;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import redis.clients.jedis.Jedis;

/** The Lua scripts are resource files, and each of them compiles. */
class ScriptsTest {

    private static final Path MAIN = Path.of("src", "main");
    private static final Path FILES =
            MAIN.resolve(Path.of("resources", "io", "flosse", "redis", "internal", "connection"));

    @RegisterExtension
    static final SharedRedis REDIS = new SharedRedis();

    static Stream<Map.Entry<String, Script>> scripts() {
        return Map.of(
                "publish.lua", Scripts.PUBLISH,
                "open.lua", Scripts.OPEN,
                "end-channel.lua", Scripts.END,
                "claim-job.lua", Scripts.CLAIM,
                "renew-lease.lua", Scripts.RENEW,
                "end-job.lua", Scripts.END_JOB,
                "job-status.lua", Scripts.JOB_STATUS)
                .entrySet()
                .stream();
    }

    @ParameterizedTest
    @MethodSource("scripts")
    void scriptEndsWithItsFileAndCompiles(Map.Entry<String, Script> script) throws IOException {
        byte[] text = script.getValue().text();
        assertThat(new String(text, StandardCharsets.UTF_8)).endsWith(Files.readString(FILES.resolve(script.getKey())));
        try (Jedis jedis = REDIS.redis().client()) {
            assertThat(jedis.scriptLoad(text)).hasSize(40);
        }
    }

    @Test
    void sharedFunctionsPrecedeTheScript() throws IOException {
        String stream = Files.readString(FILES.resolve("stream.lua"));
        String closeStream = Files.readString(FILES.resolve("close-stream.lua"));
        for (Script script : List.of(Scripts.PUBLISH, Scripts.OPEN)) {
            assertThat(new String(script.text(), StandardCharsets.UTF_8)).startsWith(stream);
        }
        for (Script script : List.of(Scripts.END, Scripts.END_JOB)) {
            assertThat(new String(script.text(), StandardCharsets.UTF_8)).startsWith(stream + closeStream);
        }
    }

    @Test
    void everyFileIsUsed() throws IOException {
        try (Stream<Path> files = Files.list(FILES)) {
            List<String> shared = List.of("stream.lua", "close-stream.lua");
            List<String> used = Stream.concat(shared.stream(), scripts().map(Map.Entry::getKey))
                    .toList();
            assertThat(files.map(file -> file.getFileName().toString())).containsExactlyInAnyOrderElementsOf(used);
        }
    }

    @Test
    void missingFileIsNamed() {
        assertThatThrownBy(() -> Script.load("stream.lua", "absent.lua"))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("io/flosse/redis/internal/connection/absent.lua is missing");
    }

    @Test
    void javaContainsNoScript() throws IOException {
        try (Stream<Path> files = Files.walk(MAIN.resolve("java"))) {
            List<Path> sources =
                    files.filter(file -> file.toString().endsWith(".java")).toList();
            assertThat(sources)
                    .hasSizeGreaterThan(10)
                    .allSatisfy(source ->
                            assertThat(Files.readString(source)).doesNotContain("redis.call", "KEYS[", "ARGV["));
        }
    }

    @Test
    void reachabilityMetadataListsTheScripts() throws IOException {
        Path metadata = MAIN.resolve(Path.of(
                "resources", "META-INF", "native-image", "io.flosse", "flosse-redis", "reachability-metadata.json"));
        assertThat(Files.readString(metadata)).contains("{\"glob\":\"io/flosse/redis/internal/connection/*.lua\"}");
    }
}
