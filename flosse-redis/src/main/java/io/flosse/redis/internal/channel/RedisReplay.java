package io.flosse.redis.internal.channel;

import io.flosse.SseEvent;
import io.flosse.StreamEndedException;
import io.flosse.channel.Channel.Loss;
import io.flosse.channel.ChannelUnavailableException;
import io.flosse.internal.channel.backend.SubscriberOptions;
import io.flosse.internal.channel.fanout.Gap;
import io.flosse.internal.channel.fanout.StartPosition;
import io.flosse.redis.internal.connection.Backoff;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Collection;
import java.util.Deque;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Replays a stream to one subscriber, from its last event to the log of this server. Events continue to arrive in the
 * log meanwhile, so the replay continues until the rest fits into the buffer of the subscriber.
 */
final class RedisReplay implements StartPosition.Backlog {

    private static final int BATCH = 128;
    private static final Duration MAX_BACKOFF = Duration.ofSeconds(1);
    private static final Duration LOG_POLL_INTERVAL = Duration.ofMillis(5);
    private static final int MAX_LOG_POLLS = 1000;

    private final RedisChannel channel;
    private final SubscriberOptions options;

    /** The id of the last entry when the subscription began. */
    private final String subscribedAt;

    // Owned by the thread of the subscriber.
    private final Deque<StreamEntry> entries = new ArrayDeque<>();
    private final Backoff backoff = new Backoff(MAX_BACKOFF);

    /** The id of the entry that was replayed last. */
    private String cursor;

    /** Where the subscriber is to join the log. */
    private Offset target;

    private int logPolls;

    /**
     * Creates a replay.
     *
     * @param subscribedAt the id of the last entry when the subscription began. Of older events that are larger than the
     *     history the subscriber gets a gap, of newer ones the event
     * @param cursor the id of the entry after which the replay begins
     * @param first the first entries after the cursor, or none
     */
    RedisReplay(
            RedisChannel channel,
            SubscriberOptions options,
            String subscribedAt,
            String cursor,
            Collection<StreamEntry> first) {
        this.channel = channel;
        this.options = options;
        this.subscribedAt = subscribedAt;
        this.cursor = cursor;
        this.entries.addAll(first);
        this.target = channel.offset();
    }

    @Override
    public long position() {
        return target.position();
    }

    @Override
    public @Nullable SseEvent next(BooleanSupplier closed) {
        while (!closed.getAsBoolean()) {
            if (cursor.equals(target.id())) {
                Offset current = channel.offset();
                if (current.position() - target.position() <= options.buffer() / 2) {
                    return null;
                }
                target = current;
            } else if (StreamEntry.compare(cursor, target.id()) > 0) {
                SseEvent gap = awaitLog();
                if (gap != null) {
                    return gap;
                }
            } else {
                SseEvent event = replayEntry();
                if (event != null) {
                    return event;
                }
            }
        }
        return null;
    }

    /** Replays the next entry. Returns null if it is not an event, or if Redis is unreachable. */
    private @Nullable SseEvent replayEntry() {
        if (entries.isEmpty() && !readBatch()) {
            return null;
        }
        StreamEntry entry = entries.peek();
        if (entry == null || StreamEntry.compare(entry.id(), target.id()) > 0) {
            // The entries up to the target were trimmed or flushed meanwhile.
            return gap(target.id(), Optional.empty());
        }
        if (entry.kind() == StreamEntry.Kind.FOREIGN) {
            entries.remove();
            return gap(entry.id(), Optional.empty());
        }
        if (!entry.previousId().equals(cursor)) {
            return gap(entry.previousId(), Optional.of(entry.id()).filter(id -> entry.event() != null));
        }
        if (entry.kind() == StreamEntry.Kind.LARGE) {
            return replayLarge(entry);
        }
        entries.remove();
        cursor = entry.id();
        return entry.event();
    }

    /** Replays an event that is larger than the history. Returns null if Redis is unreachable. */
    private @Nullable SseEvent replayLarge(StreamEntry entry) {
        if (StreamEntry.compare(entry.id(), subscribedAt) > 0) {
            try {
                Optional<SseEvent> event = channel.stream().large(entry.id());
                if (event.isPresent()) {
                    entries.remove();
                    cursor = entry.id();
                    return event.get();
                }
            } catch (ChannelUnavailableException unavailable) {
                pause(backoff.next());
                return null;
            }
        }
        long omitted = 0;
        StreamEntry next = entry;
        while (next != null
                && next.kind() == StreamEntry.Kind.LARGE
                && next.previousId().equals(cursor)
                && StreamEntry.compare(next.id(), target.id()) <= 0
                && (omitted == 0 || StreamEntry.compare(next.id(), subscribedAt) <= 0)) {
            omitted++;
            cursor = next.id();
            entries.remove();
            next = entries.peek();
        }
        channel.fanout().lost(Loss.TRIMMED, omitted);
        Optional<String> oldest = Optional.ofNullable(next)
                .filter(following -> following.event() != null)
                .map(StreamEntry::id);
        return Gap.of(options.missed(omitted), oldest);
    }

    private boolean readBatch() {
        try {
            entries.addAll(channel.stream().after(cursor, BATCH));
            backoff.reset();
            return true;
        } catch (ChannelUnavailableException unavailable) {
            pause(backoff.next());
            return false;
        }
    }

    /**
     * Makes this server read on, because the subscriber has received more than this server has read. Returns a gap if
     * the log does not reach the subscriber in time.
     */
    private @Nullable SseEvent awaitLog() {
        try {
            channel.catchUp();
        } catch (ChannelUnavailableException unavailable) {
            pause(backoff.next());
        }
        Offset current = channel.offset();
        if (current.equals(target)) {
            pause(LOG_POLL_INTERVAL);
            if (++logPolls == MAX_LOG_POLLS) {
                // Redis has lost the last event of the subscriber, and its ids are still lower than that one.
                return gap(target.id(), Optional.empty());
            }
        }
        target = current;
        return null;
    }

    private SseEvent gap(String continueAfter, Optional<String> oldest) {
        cursor = continueAfter;
        channel.fanout().lost(Loss.UNKNOWN_ID, 1);
        return Gap.of(Optional.empty(), oldest);
    }

    private static void pause(Duration time) {
        try {
            Thread.sleep(time);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new StreamEndedException("The subscriber's thread was interrupted", e);
        }
    }
}
