package io.flosse.auth;

import io.flosse.SseRequest;
import io.flosse.internal.Addresses;
import io.flosse.internal.Durations;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.InstantSource;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;

/**
 * Stream tickets, for a browser's EventSource, which can't send a header: a request that has logged in is given a ticket,
 * and opens the stream with it as the query parameter {@code ticket}.
 *
 * <pre>{@code
 * Tickets tickets = Tickets.builder().key("2025-01", secret).build();
 * routing.post("/tickets", (request, response) -> response.send(tickets.issue(identity, "/sse/orders")))
 *        .get("/sse/orders", route.authenticators(tickets).permissions(new IsAuthenticated()));
 * }</pre>
 *
 * <p>A ticket names an identity, whole, the paths that it opens, and a time by which it must be used. It is signed (HMAC
 * with SHA-256, RFC 2104), not encrypted: who holds it can read the identity in it. It opens a stream by GET, once.
 *
 * <p>An EventSource reconnects to the same URL and so with the used ticket. That is allowed to the same path, from the same
 * address (of IPv6 the same network, its first 64 bits), while no stream of the ticket is open, and no later than the
 * {@linkplain Builder#session session} after the last one was open. Anything else needs a new ticket; so does a reconnect that
 * has no address, as on a Unix domain socket.
 *
 * <p>Which tickets are used is known to this object alone, in bounded memory. Where nodes share keys a ticket opens a stream
 * once on each, within its validity, and a reconnect must come to the node that knows it. One object serves any number of
 * routes and threads.
 */
public final class Tickets implements Authenticator {

    private static final String PARAMETER = "ticket";

    private final TicketKeys keys;
    private final TicketUses uses;
    private final Duration validity;
    private final InstantSource clock;

    private Tickets(Builder builder) {
        keys = new TicketKeys(builder.keys);
        validity = builder.validity;
        clock = builder.clock;
        uses = new TicketUses(validity, builder.session, builder.overlap, builder.memory, clock);
    }

    /**
     * A new builder with the defaults.
     *
     * @return a builder
     */
    public static Builder builder() {
        return new Builder();
    }

    /**
     * Issues a ticket. Whoever asks for one must be known: give it to authenticated requests only, over TLS, and let no
     * cache keep the answer ({@code Cache-Control: no-store}).
     *
     * @param identity who may use it, and whose the stream will be; it should hold no more than the stream needs
     * @param paths the paths that it opens, at least one, each as in {@link SseRequest#path()}, without query and pattern
     * @return the ticket, of letters, digits, {@code .}, {@code -} and {@code _} only
     * @throws IllegalArgumentException if there is no path, or if the ticket would be too long for a URL: more than 2,000
     *     characters
     */
    public String issue(Identity identity, String... paths) {
        return keys.sign(
                Ticket.of(identity, Set.of(paths), clock.instant(), validity).encode());
    }

    /**
     * Makes the tickets of some identities worthless from now on, used ones and those that have been issued so far. Open
     * streams are ended elsewhere, such as by {@code FlosseFeature.revoke}; call that after this.
     *
     * @param whom which identities; kept for as long as a ticket is valid, and asked on any thread, so it must not block
     */
    public void revoke(Predicate<Identity> whom) {
        uses.revoke(Objects.requireNonNull(whom));
    }

    @Override
    public Optional<Identity> authenticate(SseRequest request) {
        List<String> tokens = request.queryAll(PARAMETER);
        if (tokens.size() != 1 || !request.method().equals("GET")) {
            return Optional.empty();
        }
        return keys.verify(tokens.getFirst())
                .flatMap(Ticket::decode)
                .filter(ticket -> ticket.paths().contains(request.path()))
                .filter(ticket -> uses.open(ticket, request.path(), Addresses.network(request.remoteAddress())))
                .map(ticket -> {
                    request.onDone(() -> uses.close(ticket.id()));
                    return ticket.identity();
                });
    }

    /** Builds {@link Tickets}. */
    public static final class Builder {

        private final Map<String, byte[]> keys = new LinkedHashMap<>();
        private Duration validity = Duration.ofSeconds(30);
        private Duration session = Duration.ofMinutes(1);
        private Duration overlap = Duration.ofSeconds(2);
        private int memory = 100_000;
        private InstantSource clock = InstantSource.system();

        private Builder() {}

        /**
         * A key. The first one signs; tickets of the others are still accepted, which lets keys be rotated: add the new key
         * last on every node, then make it the first, then, after a validity, take the old one away.
         *
         * <p>Without any key a random one is made, whose tickets only this object accepts.
         *
         * @param id its name, seen in each ticket: 1 to 32 letters, digits, {@code -} or {@code _}
         * @param secret at least 32 random bytes
         * @return this builder
         * @throws IllegalArgumentException if the id is no such name or taken, or the secret too short
         */
        public Builder key(String id, byte[] secret) {
            TicketKeys.check(id, secret);
            if (keys.putIfAbsent(id, secret.clone()) != null) {
                throw new IllegalArgumentException("There are two keys with the id '" + id + "'");
            }
            return this;
        }

        /**
         * Within what time a ticket must be used for the first time.
         *
         * @param validity the time, 30 s by default; less than a millisecond counts as one
         * @return this builder
         * @throws IllegalArgumentException if it is not positive
         */
        public Builder validity(Duration validity) {
            this.validity = Durations.positiveMillis("validity", validity);
            return this;
        }

        /**
         * Until when a client may reconnect with a used ticket, counted from the end of its last stream.
         *
         * @param session the time, 1 minute by default; it should be longer than the {@code retry} of the route
         * @return this builder
         * @throws IllegalArgumentException if it is not positive
         */
        public Builder session(Duration session) {
            this.session = Durations.positive("session", session);
            return this;
        }

        /**
         * How many used tickets are remembered at most: those with an open stream, and those that may still come back or
         * are still valid. Where there is no room for one more, a new ticket is refused.
         *
         * @param tickets the number, at least 1; 100,000 by default
         * @return this builder
         */
        public Builder memory(int tickets) {
            if (tickets < 1) {
                throw new IllegalArgumentException("memory must be at least 1 ticket, but is " + tickets);
            }
            this.memory = tickets;
            return this;
        }

        Builder overlap(Duration overlap) {
            this.overlap = overlap;
            return this;
        }

        Builder clock(InstantSource clock) {
            this.clock = clock;
            return this;
        }

        /**
         * Makes the tickets.
         *
         * @return new tickets, which remember nothing yet
         */
        public Tickets build() {
            if (keys.isEmpty()) {
                byte[] secret = new byte[32];
                new SecureRandom().nextBytes(secret);
                key("random", secret);
            }
            return new Tickets(this);
        }
    }
}
