package io.flosse.nativeimage;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/** Fails the test in which flosse, the examples or a library reached by name what the metadata for native images does not list. */
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
        assertThat(DynamicAccessLog.unlisted(DynamicAccessLog.seen(), LISTED))
                .as("reached by name, but in no reachability-metadata.json")
                .isEmpty();
    }
}
