package io.flosse.auth;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Predicate;

/**
 * The registry of used tickets and their sessions. To share it between servers, a common store would have to implement
 * {@link #open} and {@link #close} as atomic operations.
 *
 * <p>Its memory is bounded. A ticket is removed once it is expired, has no open stream and its session is over; it is
 * then refused because it is expired. At the maximum number of tickets, no further ticket is accepted. One identity may
 * hold at most a tenth of the places, so that it cannot lock out the others. A refusal costs no search: the tickets whose
 * stream has ended are kept in the order in which they can be removed.
 */
final class TicketUses {

    /** The part of the places that one identity may hold: a tenth. */
    private static final int IDENTITY_SHARE = 10;

    /**
     * So many tickets may stay after their session. On a server with few users none is removed then, so new tickets are
     * accepted there even if the clock is set back.
     */
    private static final int KEPT = 1024;

    /** The maximum number of revocations that are kept. Beyond it, all tickets issued so far and not yet used are revoked. */
    private static final int MAX_REVOCATIONS = 10_000;

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

    /** The number of used tickets of each identity, by its name. */
    private final Map<String, Integer> usedByIdentity = new HashMap<>();

    /** The used tickets whose stream has ended, also those whose stream was opened again since they were added. */
    private final PriorityQueue<Use> closed = new PriorityQueue<>(Comparator.comparing(use -> use.nextCheck));

    private final List<Revocation> revocations = new ArrayList<>();

    /** The last time at which all unused tickets were revoked. */
    private Instant allRevoked = Instant.MIN;

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
        if (used.size() >= KEPT || isFull(name)) {
            removeExpired(now);
        }
        if (isFull(name)) {
            return false;
        }
        used.put(ticket.id(), new Use(ticket, path, address));
        usedByIdentity.merge(name, 1, Integer::sum);
        return true;
    }

    private boolean isFull(String name) {
        return used.size() >= maxTickets || usedByIdentity.getOrDefault(name, 0) >= maxTicketsOfIdentity;
    }

    /** Removes the tickets that are over. Looks only at those that may be, so that each closed stream costs one look. */
    private void removeExpired(Instant now) {
        while (!closed.isEmpty() && closed.element().nextCheck.isBefore(now)) {
            Use use = closed.remove();
            use.isQueued = false;
            if (!use.open && use.end().isBefore(now)) {
                remove(use);
            } else if (!use.open) {
                addToClosed(use);
            }
        }
    }

    private void addToClosed(Use use) {
        use.nextCheck = use.end();
        use.isQueued = true;
        closed.add(use);
    }

    private void remove(Use use) {
        used.remove(use.id);
        usedByIdentity.computeIfPresent(use.identity.name(), (name, count) -> count == 1 ? null : count - 1);
        if (use.expiry.isAfter(latestRemovedExpiry)) {
            latestRemovedExpiry = use.expiry;
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
                if (!use.isQueued) {
                    addToClosed(use);
                }
                streamClosed.signalAll();
            }
        } finally {
            lock.unlock();
        }
    }

    /**
     * Revokes all tickets issued so far, used or not, for the matching identities. The revocation is kept until the
     * last unused ticket issued before it has expired. A user may cause any number of revocations, for instance by
     * logging out, so the number of those that are kept is bounded.
     */
    void revoke(Predicate<Identity> identities) {
        lock.lock();
        try {
            Instant now = clock.instant();
            removeExpiredRevocations(now);
            if (revocations.size() < MAX_REVOCATIONS) {
                revocations.add(new Revocation(identities, now));
            } else {
                revocations.clear();
                allRevoked = now;
            }
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
        return !ticket.issued().isAfter(allRevoked)
                || revocations.stream()
                        .anyMatch(revocation -> !ticket.issued().isAfter(revocation.at)
                                && revocation.identities.test(ticket.identity()));
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

        private final String id;
        private final Identity identity;
        private final String path;
        private final String address;
        private final Instant expiry;
        private boolean open = true;
        private boolean revoked;
        private Instant sessionEnd = Instant.MAX;

        /** Whether this is in the queue of closed uses. While it is, {@link #nextCheck} does not change. */
        private boolean isQueued;

        private Instant nextCheck = Instant.MAX;

        private Use(Ticket ticket, String path, String address) {
            this.id = ticket.id();
            this.identity = ticket.identity();
            this.path = path;
            this.address = address;
            this.expiry = ticket.expiry();
        }

        private boolean isFrom(String otherAddress) {
            return !otherAddress.isEmpty() && address.equals(otherAddress);
        }

        /** Returns the time after which this can be removed if its stream is not open. */
        private Instant end() {
            return revoked || sessionEnd.isBefore(expiry) ? expiry : sessionEnd;
        }
    }
}
