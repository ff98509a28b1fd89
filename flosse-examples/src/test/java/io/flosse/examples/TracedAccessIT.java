package io.flosse.examples;

import static org.assertj.core.api.Assertions.assertThat;

import io.flosse.examples.fixture.ExamplesServer;
import io.flosse.nativeimage.TracedAccess;
import io.flosse.testing.SseClient;
import org.junit.jupiter.api.Test;

/**
 * The tracing agent records dynamic access in the integration tests. A test fails if flosse, the examples or their
 * libraries access something by name that the metadata for native images does not list.
 */
class TracedAccessIT {

    @Test
    void resourceAccessOfTheExamplesIsRecordedAndChecked() throws Exception {
        TracedAccess.assumeAgentRuns();
        try (ExamplesServer server = ExamplesServer.start();
                SseClient page = SseClient.connect(server.uri("/"), "Accept: text/html")) {
            assertThat(page.body()).containsIgnoringCase("<!doctype html");
        }
        assertThat(TracedAccess.unlisted()).isEmpty();
        assertThat(TracedAccess.unlistedWithout("glob web/**"))
                .contains("resource web/index.html")
                .allMatch(access -> access.startsWith("resource web/"));
    }

    /** Parsson loads its error messages from a resource bundle. */
    @Test
    void bundleAccessOfALibraryIsRecordedAndChecked() throws Exception {
        TracedAccess.assumeAgentRuns();
        try (ExamplesServer server = ExamplesServer.start();
                SseClient client = SseClient.post(server.uri("/sse/complete"), "{\"prompt\":")) {
            assertThat(client.status()).isEqualTo(400);
        }
        assertThat(TracedAccess.unlistedWithout("bundle org.eclipse.parsson.messages"))
                .containsExactly("bundle org.eclipse.parsson.messages");
    }
}
