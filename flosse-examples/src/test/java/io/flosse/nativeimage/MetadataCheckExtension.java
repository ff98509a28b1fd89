package io.flosse.nativeimage;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * A JUnit extension that checks the dynamic access of each test. The test fails if flosse, the examples or a library
 * accessed something by name that the metadata for native images does not list.
 */
public final class MetadataCheckExtension implements AfterEachCallback, AfterAllCallback {

    private static final Reachability LISTED = DynamicAccessLog.listed();

    @Override
    public void afterEach(ExtensionContext test) {
        check();
    }

    @Override
    public void afterAll(ExtensionContext test) {
        check();
    }

    private static void check() {
        assertThat(DynamicAccessLog.unlisted(DynamicAccessLog.recorded(), LISTED))
                .as("accessed by name, but not listed in any reachability-metadata.json")
                .isEmpty();
    }
}
