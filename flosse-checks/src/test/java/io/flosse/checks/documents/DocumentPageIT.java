package io.flosse.checks.documents;

import static org.assertj.core.api.Assertions.assertThat;

import io.flosse.examples.fixture.Browser;
import io.flosse.examples.fixture.Deadline;
import io.flosse.examples.fixture.Document;
import io.flosse.tools.NeedsTools;
import io.flosse.tools.Tool;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The pages and scripts for browsers in the documents, run in Chromium. */
@NeedsTools({Tool.CHROMIUM, Tool.CHROMEDRIVER})
class DocumentPageIT {

    @TempDir
    private Path folder;

    @Test
    void pageOfGettingStartedShowsProgressAndStops() throws Exception {
        DocumentProgram.run(Document.page("docs/getting-started.md"), folder, address -> {
            try (Browser browser = Browser.start()) {
                browser.go(address + "/");
                Deadline.await(() -> "3, done".equals(browser.text("step")), "the page to show '3, done'");
                Deadline.await(
                        () -> "2".equals(browser.run("return source.readyState")),
                        "the EventSource to stop after the 204");
            }
        });
    }

    /** Runs the three lines of the README on a page of the same server. */
    @Test
    void scriptOfTheReadmeReceivesEveryEvent() throws Exception {
        Document readme = Document.page("README.md");
        assertThat(readme.block("js").lines()).hasSize(3);
        DocumentProgram.run(readme, folder, address -> {
            try (Browser browser = Browser.start()) {
                browser.go(address + "/");
                browser.run("received = []; console.log = text => received.push(text); " + readme.block("js"));
                Deadline.await(
                        () -> "1,2,3,complete".equals(browser.run("return received.join()")),
                        "three steps and the event complete");
            }
        });
    }
}
