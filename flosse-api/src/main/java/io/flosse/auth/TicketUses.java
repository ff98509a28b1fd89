package io.flosse.auth;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Predicate;

/**
 * The registry of used tickets and their sessions. To share it between servers, a common store would have to implement
 * {@link #open} and {@link #close} as atomic operations.
 *
 * <p>Its memory is bounded. A ticket is removed once it is expired, has no open stream and its session is over; it is
 * then refused because it is expired. At the maximum number of tickets, no further ticket is accepted. One identity may
 * hold at most a tenth of the places, so that it cannot lock out the others.
 */
final class TicketUses {

    /** The part of the places that one identity may hold: a tenth. */
    private static final int IDENTITY_SHARE = 10;

    private record Revocation(Predicate<Identity> identities, Instant at) {}

    private final Duration validity;
    private final Duration session;

    /**
     * How long a reconnect waits for the previous stream to close. A client may notice the end of a stream before the
     * server's generator has returned.
     */
    private final Duration overlap;

    private final int maxTickets;
    private final int maxTicketsOfIdentity;
    private final InstantSource clock;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition streamClosed = lock.newCondition();

    // Guarded by lock.
    private final Map<String, Use> used = new HashMap<>();

    /** The ids of the used tickets of each identity, by its name. */
    private final Map<String, Set<String>> usedByIdentity = new HashMap<>();

    private final List<Revocation> revocations = new ArrayList<>();
    private int sweepThreshold;

    /**
     * The latest expiry of the removed tickets. A ticket that expires no later is refused, even if the clock was set
     * back.
     */
    private Instant latestRemovedExpiry = Instant.MIN;

    TicketUses(Duration validity, Duration session, Duration overlap, int maxTickets, InstantSource clock) {
        this.validity = validity;
        this.session = session;
        this.overlap = overlap;
        this.maxTickets = maxTickets;
        this.maxTicketsOfIdentity = Math.max(1, maxTickets / IDENTITY_SHARE);
        this.clock = clock;
        this.sweepThreshold = Math.min(maxTickets, 1024);
    }

    /**
     * Accepts the first use of a ticket, or a reconnect within its session. Returns false for any other use.
     *
     * @param address the client's network address; if empty, it is unknown and a reconnect is refused
     */
    boolean open(Ticket ticket, String path, String address) {
        lock.lock();
        try {
            Use use = used.get(ticket.id());
            if (use == null) {
                return openFirst(ticket, path, address);
            }
            if (!use.path.equals(path) || !use.isFrom(address) || !awaitClosed(use)) {
                return false;
            }
            if (use.revoked || clock.instant().isAfter(use.sessionEnd)) {
                return false;
            }
            use.open = true;
            return true;
        } finally {
            lock.unlock();
        }
    }

    private boolean openFirst(Ticket ticket, String path, String address) {
        Instant now = clock.instant();
        if (!now.isBefore(ticket.expiry()) || !ticket.expiry().isAfter(latestRemovedExpiry) || isRevoked(ticket, now)) {
            return false;
        }
        String name = ticket.identity().name();
        Set<String> ofIdentity = usedByIdentity.getOrDefault(name, Set.of());
        if (ofIdentity.size() >= maxTicketsOfIdentity) {
            removeExpired(List.copyOf(ofIdentity), now);
            if (ofIdentity.size() >= maxTicketsOfIdentity) {
                return false;
            }
        }
        if (used.size() >= sweepThreshold) {
            removeExpired(List.copyOf(used.keySet()), now);
            sweepThreshold = Math.min(maxTickets, Math.max(1024, used.size() * 2));
        }
        if (used.size() >= maxTickets) {
            return false;
        }
        used.put(ticket.id(), new Use(ticket, path, address));
        usedByIdentity.computeIfAbsent(name, key -> new HashSet<>()).add(ticket.id());
        return true;
    }

    private void removeExpired(List<String> ids, Instant now) {
        for (String id : ids) {
            Use use = used.get(id);
            if (use != null && use.isOver(now)) {
                used.remove(id);
                usedByIdentity.computeIfPresent(use.identity.name(), (name, ofIdentity) -> {
                    ofIdentity.remove(id);
                    return ofIdentity.isEmpty() ? null : ofIdentity;
                });
                if (use.expiry.isAfter(latestRemovedExpiry)) {
                    latestRemovedExpiry = use.expiry;
                }
            }
        }
    }

    private boolean awaitClosed(Use use) {
        long remaining = overlap.toNanos();
        try {
            while (use.open && !use.revoked && remaining > 0) {
                remaining = streamClosed.awaitNanos(remaining);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        return !use.open;
    }

    /** Records that the stream of a ticket has ended. The session timeout starts now. */
    void close(String id) {
        lock.lock();
        try {
            Use use = used.get(id);
            if (use != null) {
                use.open = false;
                use.sessionEnd = clock.instant().plus(session);
                streamClosed.signalAll();
            }
        } finally {
            lock.unlock();
        }
    }

    /**
     * Revokes all tickets issued so far, used or not, for the matching identities. The revocation is kept until the
     * last unused ticket issued before it has expired.
     */
    void revoke(Predicate<Identity> identities) {
        lock.lock();
        try {
            Instant now = clock.instant();
            removeExpiredRevocations(now);
            revocations.add(new Revocation(identities, now));
            used.values().forEach(use -> use.revoked |= identities.test(use.identity));
            streamClosed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /**
     * Returns whether a revocation applies to a ticket. Times in tickets have a resolution of 1 ms, so a ticket issued
     * in the same millisecond as the revocation may be older and is revoked too.
     */
    private boolean isRevoked(Ticket ticket, Instant now) {
        removeExpiredRevocations(now);
        return revocations.stream()
                .anyMatch(revocation ->
                        !ticket.issued().isAfter(revocation.at) && revocation.identities.test(ticket.identity()));
    }

    private void removeExpiredRevocations(Instant now) {
        revocations.removeIf(revocation -> revocation.at.isBefore(now.minus(validity)));
    }

    int size() {
        lock.lock();
        try {
            return used.size();
        } finally {
            lock.unlock();
        }
    }

    /** The state of one used ticket. Guarded by the lock. */
    private static final class Use {

        private final Identity identity;
        private final String path;
        private final String address;
        private final Instant expiry;
        private boolean open = true;
        private boolean revoked;
        private Instant sessionEnd = Instant.MAX;

        private Use(Ticket ticket, String path, String address) {
            this.identity = ticket.identity();
            this.path = path;
            this.address = address;
            this.expiry = ticket.expiry();
        }

        private boolean isFrom(String otherAddress) {
            return !otherAddress.isEmpty() && address.equals(otherAddress);
        }

        private boolean isOver(Instant now) {
            return !open && !now.isBefore(expiry) && (revoked || now.isAfter(sessionEnd));
        }
    }
}
