package io.flosse.examples;

import static org.assertj.core.api.Assertions.assertThat;

import io.flosse.examples.fixture.ExamplesServer;
import io.flosse.nativeimage.TracedAccess;
import io.flosse.testing.SseClient;
import org.junit.jupiter.api.Test;

/**
 * The agent that watches the integration tests is at work: every one of them fails where flosse, the examples or
 * their libraries reach by name what the metadata for native images does not list.
 */
class TracedAccessIT {

    @Test
    void whatThePageReadsIsSeenAndMissedWhereItIsNotListed() throws Exception {
        TracedAccess.assumeWatched();
        try (ExamplesServer server = ExamplesServer.start();
                SseClient page = SseClient.connect(server.uri("/"), "Accept: text/html")) {
            assertThat(page.body()).containsIgnoringCase("<!doctype html");
        }
        assertThat(TracedAccess.unlisted()).isEmpty();
        assertThat(TracedAccess.unlistedWithout("glob web/**"))
                .contains("resource web/index.html")
                .allMatch(access -> access.startsWith("resource web/"));
    }

    /** Parsson has the words for its errors in a bundle. */
    @Test
    void whatALibraryReadsIsSeenAndMissedWhereItIsNotListed() throws Exception {
        TracedAccess.assumeWatched();
        try (ExamplesServer server = ExamplesServer.start();
                SseClient client = SseClient.post(server.uri("/sse/complete"), "{\"prompt\":")) {
            assertThat(client.status()).isEqualTo(400);
        }
        assertThat(TracedAccess.unlistedWithout("bundle org.eclipse.parsson.messages"))
                .containsExactly("bundle org.eclipse.parsson.messages");
    }
}
