package io.flosse.helidon.internal.server;

import io.helidon.webserver.WebServer;
import java.lang.module.ModuleDescriptor;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Which version of Helidon's web server is there, and what flosse knows of it. */
final class HelidonVersion {

    /** What flosse knows of a version. */
    enum Support {
        /** Nothing speaks against it, or it is not known which version it is. */
        FINE,
        /** Older than 4.3.0. */
        TOO_OLD,
        /** 4.4.0: a write that the kernel takes in part loses the rest. */
        LOSES_BYTES,
        /** 4.4.1 and later of 4.4: on TLS a write and a handshake message may get into each other. */
        TLS_RACE,
        /** A major version that flosse was never run on. */
        NEVER_TRIED
    }

    private static final String TITLE = "Helidon WebServer";
    private static final Pattern NUMBERS =
            Pattern.compile("(\\d{1,9})(?:\\.(\\d{1,9})(?:\\.(\\d{1,9}))?)?(?:[-+.].*)?");

    private HelidonVersion() {}

    /**
     * Returns the version of the web server that runs: that of its module, or on the class path of its jar. Not {@code
     * io.helidon.common.Version.VERSION}, which the compiler copies into its users.
     *
     * @return the version; empty where the jar was merged into another, as in a native image
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
     * Returns the version that a jar's manifest states.
     *
     * @param title the implementation's title; where jars were merged into one, it is the application's, and so is the version
     * @param version the implementation's version
     */
    static Optional<String> ofJar(@Nullable String title, @Nullable String version) {
        return TITLE.equals(title) ? Optional.ofNullable(version) : Optional.empty();
    }

    /**
     * Returns what flosse knows of a version. A milestone or snapshot counts as the version that it precedes.
     *
     * @param version such as {@code 4.5.0}; null or anything that does not begin with a number is an unknown version
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
