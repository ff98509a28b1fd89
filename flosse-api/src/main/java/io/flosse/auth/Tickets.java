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
 * Stream tickets for a browser's EventSource, which can't send headers. An authenticated request gets a ticket, and the
 * browser opens the stream with it as the query parameter {@code ticket}.
 *
 * <pre>{@code
 * Tickets tickets = Tickets.builder().key("2025-01", secret).build();
 * routing.post("/tickets", (request, response) -> response.send(tickets.issue(identity, "/sse/orders")))
 *        .get("/sse/orders", route.authenticators(tickets).permissions(new IsAuthenticated()));
 * }</pre>
 *
 * <p>A ticket contains the complete identity, the paths that it opens and the deadline for its first use. It is signed
 * (HMAC with SHA-256, RFC 2104) but not encrypted, so its holder can read the identity. It opens a stream by GET, once.
 *
 * <p>An EventSource reconnects to the same URL, and so with the used ticket. Such a reconnect is allowed to the same
 * path, from the same address (for IPv6 the same network, the first 64 bits), while no stream of the ticket is open,
 * and no later than the {@linkplain Builder#session session} after its last stream ended. Any other use needs a new
 * ticket. A reconnect without an address, as on a Unix domain socket, also needs a new ticket.
 *
 * <p>The used tickets are known only to this object, in bounded memory. If servers share keys, a ticket opens a stream
 * once on each server, within its validity. A reconnect must reach the server that opened the stream. One object serves any
 * number of routes and threads.
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
        uses = new TicketUses(validity, builder.session, builder.overlap, builder.maxTickets, clock);
    }

    /**
     * Creates a builder with the default settings.
     *
     * @return a builder
     */
    public static Builder builder() {
        return new Builder();
    }

    /**
     * Issues a ticket. Issue tickets to authenticated requests only, over TLS, and forbid caching of the response
     * ({@code Cache-Control: no-store}).
     *
     * @param identity the identity of the streams opened with the ticket; include only the data that the stream needs
     * @param paths the paths that it opens, at least one, each as in {@link SseRequest#path()}, without query and
     *     pattern
     * @return the ticket, which contains only letters, digits, {@code .}, {@code -} and {@code _}
     * @throws IllegalArgumentException if there is no path, or if the ticket would be too long for a URL: more than
     *     2,000 characters
     */
    public String issue(Identity identity, String... paths) {
        return keys.sign(
                Ticket.of(identity, Set.of(paths), clock.instant(), validity).encode());
    }

    /**
     * Revokes all tickets issued so far for the matching identities, used or not. It does not end open streams: call a
     * method such as {@code FlosseFeature.revoke} for that, after this one.
     *
     * <p>At most 10,000 revocations are kept at once. One more revokes the unused tickets of all identities instead.
     *
     * @param identities matches the identities to revoke. It is kept for as long as a ticket is valid and called on any
     *     thread, so it must not block
     */
    public void revoke(Predicate<Identity> identities) {
        uses.revoke(Objects.requireNonNull(identities));
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

    /** A builder of {@link Tickets}. */
    public static final class Builder {

        private final Map<String, byte[]> keys = new LinkedHashMap<>();
        private Duration validity = Duration.ofSeconds(30);
        private Duration session = Duration.ofMinutes(1);
        private Duration overlap = Duration.ofSeconds(2);
        private int maxTickets = 100_000;
        private InstantSource clock = InstantSource.system();

        private Builder() {}

        /**
         * Adds a key. The first key signs; tickets signed with any other key are accepted too. To rotate keys, add the
         * new key last on every server, then make it the first, then remove the old key after a validity period.
         *
         * <p>Without any key, a random key is generated. Its tickets are accepted only by this object.
         *
         * @param id its name, visible in each ticket: 1 to 32 letters, digits, {@code -} or {@code _}
         * @param secret at least 32 random bytes
         * @return this builder
         * @throws IllegalArgumentException if the id is invalid or already used, or the secret is too short
         */
        public Builder key(String id, byte[] secret) {
            TicketKeys.check(id, secret);
            if (keys.putIfAbsent(id, secret.clone()) != null) {
                throw new IllegalArgumentException("Two keys have the id '" + id + "'; give each key its own id");
            }
            return this;
        }

        /**
         * Sets the time within which a ticket must be used for the first time.
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
         * Sets how long a client may reconnect with a used ticket, counted from the end of its last stream.
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
         * Sets the maximum number of used tickets to remember: those with an open stream, in a session, or not yet
         * expired. At the maximum, new tickets are refused. One identity, known by its name, may hold at most a tenth of
         * them (at least one): its further tickets are refused, and those of other identities are not.
         *
         * @param tickets the number, at least 1; 100,000 by default
         * @return this builder
         */
        public Builder memory(int tickets) {
            if (tickets < 1) {
                throw new IllegalArgumentException("memory must be at least 1 ticket, but is " + tickets);
            }
            this.maxTickets = tickets;
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
         * Builds the tickets object.
         *
         * @return a new object without used tickets
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
