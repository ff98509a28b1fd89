package io.flosse.auth;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Predicate;

/**
 * Which tickets have been used, and how their sessions stand. To share it between nodes, {@link #open} and {@link #close}
 * are what a common store would have to do as one step each.
 *
 * <p>Bounded: a ticket is forgotten when it is neither valid, nor open, nor within its session, since it is refused then for
 * being expired; and beyond a number of them none is opened for the first time.
 */
final class TicketUses {

    private record Revocation(Predicate<Identity> whom, Instant at) {}

    private final Duration validity;
    private final Duration session;

    /**
     * How long a reconnect waits for the end of the stream before it: a client may have seen that end before the server's
     * generator has returned.
     */
    private final Duration overlap;

    private final int most;
    private final InstantSource clock;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition closed = lock.newCondition();

    // Guarded by lock.
    private final Map<String, Use> used = new HashMap<>();
    private final List<Revocation> revocations = new ArrayList<>();
    private int sweepAt;

    /** The latest expiry of those that were forgotten: none up to it is opened, also if the clock has been set back. */
    private Instant forgotten = Instant.MIN;

    TicketUses(Duration validity, Duration session, Duration overlap, int most, InstantSource clock) {
        this.validity = validity;
        this.session = session;
        this.overlap = overlap;
        this.most = most;
        this.clock = clock;
        this.sweepAt = Math.min(most, 1024);
    }

    /**
     * The first use of a ticket, or a reconnect within its session; false if it is neither.
     *
     * @param address where it comes from; empty if that is not known, which is no address to come back from
     */
    boolean open(Ticket ticket, String path, String address) {
        lock.lock();
        try {
            Use use = used.get(ticket.id());
            if (use == null) {
                return first(ticket, path, address);
            }
            if (!use.path.equals(path) || !use.isAt(address) || !awaitClosed(use)) {
                return false;
            }
            if (use.revoked || clock.instant().isAfter(use.until)) {
                return false;
            }
            use.open = true;
            return true;
        } finally {
            lock.unlock();
        }
    }

    private boolean first(Ticket ticket, String path, String address) {
        Instant now = clock.instant();
        if (!now.isBefore(ticket.expiry()) || !ticket.expiry().isAfter(forgotten) || isRevoked(ticket, now)) {
            return false;
        }
        if (used.size() >= sweepAt) {
            forget(now);
            sweepAt = Math.min(most, Math.max(1024, used.size() * 2));
        }
        if (used.size() >= most) {
            return false;
        }
        used.put(ticket.id(), new Use(ticket, path, address));
        return true;
    }

    private void forget(Instant now) {
        used.values().removeIf(use -> {
            boolean over = use.isOver(now);
            if (over && use.expiry.isAfter(forgotten)) {
                forgotten = use.expiry;
            }
            return over;
        });
    }

    private boolean awaitClosed(Use use) {
        long left = overlap.toNanos();
        try {
            while (use.open && !use.revoked && left > 0) {
                left = closed.awaitNanos(left);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        return !use.open;
    }

    /** The stream of a ticket has ended; its session begins to run out. */
    void close(String id) {
        lock.lock();
        try {
            Use use = used.get(id);
            if (use != null) {
                use.open = false;
                use.until = clock.instant().plus(session);
                closed.signalAll();
            }
        } finally {
            lock.unlock();
        }
    }

    /** Those that have been issued, used or not. An unused one is known by its time until the last of them has expired. */
    void revoke(Predicate<Identity> whom) {
        lock.lock();
        try {
            Instant now = clock.instant();
            forgetRevocations(now);
            revocations.add(new Revocation(whom, now));
            used.values().forEach(use -> use.revoked |= whom.test(use.identity));
            closed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /** Tickets tell milliseconds: one issued in that of the revocation may be older, so it is void too. */
    private boolean isRevoked(Ticket ticket, Instant now) {
        forgetRevocations(now);
        return revocations.stream()
                .anyMatch(each -> !ticket.issued().isAfter(each.at) && each.whom.test(ticket.identity()));
    }

    private void forgetRevocations(Instant now) {
        revocations.removeIf(each -> each.at.isBefore(now.minus(validity)));
    }

    int size() {
        lock.lock();
        try {
            return used.size();
        } finally {
            lock.unlock();
        }
    }

    /** One used ticket; guarded by the lock. */
    private static final class Use {

        private final Identity identity;
        private final String path;
        private final String address;
        private final Instant expiry;
        private boolean open = true;
        private boolean revoked;
        private Instant until = Instant.MAX;

        private Use(Ticket ticket, String path, String address) {
            this.identity = ticket.identity();
            this.path = path;
            this.address = address;
            this.expiry = ticket.expiry();
        }

        private boolean isAt(String place) {
            return !place.isEmpty() && address.equals(place);
        }

        private boolean isOver(Instant now) {
            return !open && !now.isBefore(expiry) && (revoked || now.isAfter(until));
        }
    }
}
