package io.flosse.benchmarks.peers;

import java.time.Duration;
import java.util.List;

/**
 * A framework that can stream, set up as its own documentation does. Each serves the same addresses, all by GET:
 *
 * <pre>
 * /burst?n=N       N events of 68 bytes, as fast as it goes
 * /json?n=N        N events of a map with two entries, as JSON
 * /ticker?n=MS     an event each MS milliseconds, with its time
 * /idle            one event, and then nothing
 * /broadcast       one event, and then what is published
 * /one             one event and the end
 * /publish?n=N&amp;every=MICROS   publishes N events to all of /broadcast; answers at once
 * </pre>
 *
 * <p>The data of each event ends with one {@code ~}, which occurs nowhere else; digits before it are its time.
 */
public interface Peer {

    /**
     * Starts the server on an ephemeral port of 127.0.0.1.
     *
     * @return the port
     * @throws Exception if it does not start
     */
    int start() throws Exception;

    /**
     * The same, with or without TLS.
     *
     * @param tls whether to serve on TLS; only some peers are compared with it
     * @return the port
     * @throws Exception if it does not start
     */
    default int start(boolean tls) throws Exception {
        if (tls) {
            throw new IllegalArgumentException("Not compared with TLS");
        }
        return start();
    }

    /**
     * All peers by name.
     *
     * @param name the name; each is made only when asked for, since a server sees its own framework alone
     * @return the peer
     */
    static Peer named(String name) {
        return switch (Kind.of(name)) {
            case FLOSSE -> new FlossePeer((sink, millis) -> sink.sleep(Duration.ofMillis(millis)));
            case THREAD_SLEEP -> new FlossePeer((sink, millis) -> Thread.sleep(millis));
            case SSE_SINK -> new HelidonPeer(HelidonPeer::sseSink);
            case OUTPUT_STREAM -> new HelidonPeer(HelidonPeer::flushedEach);
            case OUTPUT_16K -> new HelidonPeer(HelidonPeer::flushedEach16KiB);
            case JAVALIN -> new JavalinPeer();
            case SPRING_MVC -> new SpringMvcPeer();
            case WEBFLUX -> new WebFluxPeer();
            case VERTX -> new VertxPeer();
        };
    }

    /** Names, jars, and what not to ask. */
    @SuppressWarnings("ImmutableEnumChecker") // It is, without the annotations of Error Prone.
    enum Kind {
        FLOSSE("flosse", Jars.FLOSSE),
        THREAD_SLEEP("flosse-thread-sleep", Jars.FLOSSE),
        SSE_SINK("helidon-sse-sink", Jars.HELIDON),
        OUTPUT_STREAM("helidon-output-stream", Jars.HELIDON),
        OUTPUT_16K("helidon-output-16k", Jars.HELIDON),
        JAVALIN("javalin", List.of("javalin", "jetty", "kotlin", "jakarta", "slf4j", "annotations")),
        SPRING_MVC("spring-mvc", List.of("spring", "tomcat", "jspecify", "micrometer", "commons-logging")),
        WEBFLUX(
                "spring-webflux",
                List.of("spring", "reactor", "reactive", "netty", "jspecify", "micrometer", "commons-logging")),
        VERTX("vertx", List.of("vertx", "netty", "jackson"));

        /** What it is called in tables. */
        public final String label;

        /** The beginnings of the names of the jars that its server sees, and parts of their paths. */
        public final List<String> jars;

        Kind(String label, List<String> jars) {
            this.label = label;
            this.jars = jars;
        }

        /**
         * The kind of a name.
         *
         * @param label the name
         * @return the kind
         */
        public static Kind of(String label) {
            for (Kind kind : values()) {
                if (kind.label.equals(label)) {
                    return kind;
                }
            }
            throw new IllegalArgumentException("No peer is named " + label);
        }
    }

    /** Jars that several see. */
    final class Jars {
        static final List<String> FLOSSE = List.of("flosse-", "helidon", "jakarta", "parsson", "yasson");
        static final List<String> HELIDON = List.of("helidon", "jakarta", "parsson", "yasson");

        private Jars() {}
    }
}
