package io.flosse.helidon.internal.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.flosse.helidon.internal.server.HelidonVersion.Support;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Supported versions of Helidon; most of them are not available in this build. */
class HelidonVersionTest {

    @ParameterizedTest
    @CsvSource(
            nullValues = "null",
            value = {
                "3.2.14, TOO_OLD",
                "4.0.0, TOO_OLD",
                "4.2, TOO_OLD",
                "4.2.0, TOO_OLD",
                "4.2.7, TOO_OLD",
                "4.3.0, FINE",
                "4.3.0-SNAPSHOT, FINE",
                "4.3.4, FINE",
                "4.4.0, LOSES_BYTES",
                "4.4.0-SNAPSHOT, LOSES_BYTES",
                "4.4.0-M1, LOSES_BYTES",
                "4.4.0+build.7, LOSES_BYTES",
                "4.4.0.redhat-1, LOSES_BYTES",
                "4.4.1-SNAPSHOT, TLS_RACE",
                "4.4.1, TLS_RACE",
                "4.4.2, TLS_RACE",
                "4.4.10, TLS_RACE",
                "4.5.0-M1, FINE",
                "4.5.0, FINE",
                "4.5.3, FINE",
                "4.6.0, FINE",
                "4.40.0, FINE",
                "5.0.0, NEVER_TRIED",
                "27.0.0, NEVER_TRIED",
                "27, NEVER_TRIED",
                "40.4.0, NEVER_TRIED",
                // Unknown versions are not checked.
                "4, FINE",
                "4.4, FINE",
                "null, FINE",
                "'', FINE",
                "' ', FINE",
                "unspecified, FINE",
                "v4.4.0, FINE",
                "4.4.0 of mine, FINE",
                "4.x, FINE",
                "4..4.0, FINE",
                "-4.4.0, FINE",
                "99999999999999999999.4.0, FINE"
            })
    void versionIsClassified(String version, Support support) {
        assertThat(HelidonVersion.support(version)).isEqualTo(support);
    }

    /** The manifest of a merged jar contains the version of the application; Helidon's version is lost. */
    @Test
    void manifestOfApplicationHasNoHelidonVersion() {
        assertThat(HelidonVersion.ofJar("My application", "4.4.0")).isEmpty();
        assertThat(HelidonVersion.ofJar(null, "4.4.0")).isEmpty();
        assertThat(HelidonVersion.ofJar("Helidon WebServer", null)).isEmpty();
        assertThat(HelidonVersion.ofJar("Helidon WebServer", "4.4.0")).contains("4.4.0");
    }

    /** Otherwise the checks would do nothing in this build. */
    @Test
    void helidonVersionOfThisBuildIsKnown() {
        assertThat(HelidonVersion.current())
                .hasValueSatisfying(version -> assertThat(version).matches(known -> isNamedByTheJar(known)));
    }

    private static boolean isNamedByTheJar(String version) {
        return io.helidon.webserver.WebServer.class
                .getProtectionDomain()
                .getCodeSource()
                .getLocation()
                .getPath()
                .endsWith("/helidon-webserver-" + version + ".jar");
    }
}
