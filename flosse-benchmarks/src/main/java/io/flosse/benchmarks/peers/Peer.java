package io.flosse.benchmarks.peers;

import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;

/**
 * A framework with streaming, set up as in its documentation. Every peer serves the same paths by GET:
 *
 * <pre>
 * /burst?n=N       N events of 68 bytes, as fast as possible
 * /json?n=N        N events of a map with two entries, as JSON
 * /ticker?n=MS     an event every MS milliseconds, with its time
 * /idle            one event, and then nothing
 * /broadcast       one event, and then the published events
 * /one             one event, and then the end
 * /publish?n=N&amp;every=MICROS   publishes N events to all streams of /broadcast, one every MICROS; answers at once
 * </pre>
 *
 * <p>The data of each event ends with one {@code ~}, which occurs nowhere else in it. Digits directly before it are the
 * time of the event: {@link System#nanoTime} of the server.
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
     * Starts the server with or without TLS on an ephemeral port of 127.0.0.1.
     *
     * @param tls whether to serve on TLS; only some peers are compared with it
     * @return the port
     * @throws Exception if it does not start
     */
    default int start(boolean tls) throws Exception {
        if (tls) {
            throw new IllegalArgumentException("This peer is not compared with TLS; start it without");
        }
        return start();
    }

    /**
     * Creates a peer. The class path may lack the frameworks of all other peers, so only this one is created.
     *
     * @param label the label of its kind
     * @return the peer
     * @throws IllegalArgumentException if no kind has this label
     */
    static Peer create(String label) {
        return switch (Kind.of(label)) {
            case FLOSSE -> new FlossePeer((sink, millis) -> sink.sleep(Duration.ofMillis(millis)));
            case THREAD_SLEEP -> new FlossePeer((sink, millis) -> Thread.sleep(millis));
            case SSE_SINK -> new HelidonPeer(HelidonPeer::sseSink);
            case OUTPUT_STREAM -> new HelidonPeer(HelidonPeer::outputStreamFlushedPerEvent);
            case OUTPUT_16K -> new HelidonPeer(HelidonPeer::outputStreamFlushedPer16KiB);
            case JAVALIN -> new JavalinPeer();
            case SPRING_MVC -> new SpringMvcPeer();
            case WEBFLUX -> new WebFluxPeer();
            case VERTX -> new VertxPeer();
            case C ->
                throw new IllegalArgumentException(
                        "Peer c is a C program; compile and start src/main/c/server.c, as the load benchmark does");
        };
    }

    /** The kinds of peers, with their labels and jars. */
    @SuppressWarnings("ImmutableEnumChecker") // List.of is immutable, which Error Prone cannot see from its type
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
        VERTX("vertx", List.of("vertx", "netty", "jackson")),
        C("c", List.of());

        /** The name in arguments and tables. */
        public final String label;

        /** The class path of its server: prefixes of jar names, and of the directory names of this build's modules. */
        public final List<String> jars;

        Kind(String label, List<String> jars) {
            this.label = label;
            this.jars = jars;
        }

        /**
         * Returns the kind with a label.
         *
         * @param label the label
         * @return the kind
         * @throws IllegalArgumentException if no kind has this label
         */
        public static Kind of(String label) {
            for (Kind kind : values()) {
                if (kind.label.equals(label)) {
                    return kind;
                }
            }
            throw new IllegalArgumentException("Unknown peer " + label + "; use one of "
                    + Stream.of(values()).map(kind -> kind.label).toList());
        }
    }

    /** The jars of several peers. */
    final class Jars {
        static final List<String> FLOSSE = List.of("flosse-", "helidon", "jakarta", "parsson", "yasson");
        static final List<String> HELIDON = List.of("helidon", "jakarta", "parsson", "yasson");

        private Jars() {}
    }
}
