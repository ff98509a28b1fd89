package io.flosse.helidon.internal.server;

import io.helidon.webserver.WebServer;
import java.lang.module.ModuleDescriptor;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** The version of Helidon's web server, and how well flosse runs on it. */
final class HelidonVersion {

    /** How well flosse runs on a version. */
    enum Support {
        /** No problem is known, or the version is unknown. */
        FINE,
        /** Older than 4.3.0. */
        TOO_OLD,
        /** 4.4.0: if the kernel accepts only a part of a write, the rest is lost. */
        LOSES_BYTES,
        /** 4.4.1 and later versions of 4.4: on TLS, a write and a handshake message may be interleaved. */
        TLS_RACE,
        /** A major version that flosse has not been tested on. */
        NEVER_TRIED
    }

    private static final String TITLE = "Helidon WebServer";
    private static final Pattern NUMBERS =
            Pattern.compile("(\\d{1,9})(?:\\.(\\d{1,9})(?:\\.(\\d{1,9}))?)?(?:[-+.].*)?");

    private HelidonVersion() {}

    /**
     * Returns the version of the running web server: the version of its module or, on the class path, of its jar.
     * {@code io.helidon.common.Version.VERSION} does not help: the compiler copies the constant into the classes that
     * use it.
     *
     * @return the version; empty if the jar was merged into another one, as in a native image
     */
    static Optional<String> current() {
        ModuleDescriptor module = WebServer.class.getModule().getDescriptor();
        return module != null && module.rawVersion().isPresent()
                ? module.rawVersion()
                : ofJar(WebServer.class.getPackage());
    }

    private static Optional<String> ofJar(@Nullable Package from) {
        return from == null ? Optional.empty() : ofJar(from.getImplementationTitle(), from.getImplementationVersion());
    }

    /**
     * Returns the version from a jar's manifest.
     *
     * @param title the implementation title; in a merged jar, title and version are those of the application
     * @param version the implementation version
     */
    static Optional<String> ofJar(@Nullable String title, @Nullable String version) {
        return TITLE.equals(title) ? Optional.ofNullable(version) : Optional.empty();
    }

    /**
     * Returns how well flosse runs on a version. A milestone or snapshot counts as the version that it precedes.
     *
     * @param version such as {@code 4.5.0}; null, or text that does not begin with a number, is an unknown version
     */
    static Support support(@Nullable String version) {
        Matcher numbers = NUMBERS.matcher(version == null ? "" : version);
        if (!numbers.matches()) {
            return Support.FINE;
        }
        int major = Integer.parseInt(numbers.group(1));
        if (major != 4) {
            return major < 4 ? Support.TOO_OLD : Support.NEVER_TRIED;
        }
        if (numbers.group(2) == null) {
            return Support.FINE;
        }
        int minor = Integer.parseInt(numbers.group(2));
        if (minor < 3) {
            return Support.TOO_OLD;
        }
        if (minor != 4 || numbers.group(3) == null) {
            return Support.FINE;
        }
        return Integer.parseInt(numbers.group(3)) == 0 ? Support.LOSES_BYTES : Support.TLS_RACE;
    }
}
