/** Test support for streams: a client that reads real events, a sink that records, a request built by hand. */
module io.flosse.testing {
    requires transitive io.flosse;
    requires static org.jspecify;

    exports io.flosse.testing;

    uses jakarta.json.spi.JsonProvider;
}
