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
 * Reads a stream from where a subscriber was up to the place that this machine's log begins to have it all. While it reads,
 * the log goes on, so it reads on too until what is left fits into the subscriber's buffer.
 */
final class RedisReplay implements StartPosition.Backlog {

    private static final int BATCH = 128;
    private static final Duration LONGEST_PAUSE = Duration.ofSeconds(1);
    private static final Duration SHORT = Duration.ofMillis(5);

    private final RedisChannel channel;
    private final SubscriberOptions options;

    // All of the subscriber's thread.
    private final Deque<StreamEntry> read = new ArrayDeque<>();
    private final Backoff backoff = new Backoff(LONGEST_PAUSE);
    private String cursor;
    private Offset goal;
    private int waited;

    RedisReplay(RedisChannel channel, SubscriberOptions options, String cursor, Collection<StreamEntry> first) {
        this.channel = channel;
        this.options = options;
        this.cursor = cursor;
        this.read.addAll(first);
        this.goal = channel.place();
    }

    @Override
    public long position() {
        return goal.position();
    }

    @Override
    public @Nullable SseEvent next(BooleanSupplier closed) {
        while (!closed.getAsBoolean()) {
            if (cursor.equals(goal.id())) {
                Offset now = channel.place();
                if (now.position() - goal.position() <= options.buffer() / 2) {
                    return null;
                }
                goal = now;
            } else if (StreamEntry.compare(cursor, goal.id()) > 0) {
                SseEvent gap = awaitLog();
                if (gap != null) {
                    return gap;
                }
            } else {
                SseEvent event = step();
                if (event != null) {
                    return event;
                }
            }
        }
        return null;
    }

    /** The next entry of the stream; null if it is no event, or Redis is away. */
    private @Nullable SseEvent step() {
        if (read.isEmpty() && !fill()) {
            return null;
        }
        StreamEntry entry = read.peek();
        if (entry == null || StreamEntry.compare(entry.id(), goal.id()) > 0) {
            // The rest up to the goal was trimmed or flushed while we read.
            return gap(goal.id(), Optional.empty());
        }
        if (!entry.before().equals(cursor)) {
            return gap(entry.before(), Optional.of(entry.id()));
        }
        read.remove();
        cursor = entry.id();
        return entry.event();
    }

    private boolean fill() {
        try {
            read.addAll(channel.stream().after(cursor, BATCH));
            backoff.reset();
            return true;
        } catch (ChannelUnavailableException away) {
            pause(backoff.next());
            return false;
        }
    }

    /** The subscriber had more than this machine has read: lets it read on. */
    private @Nullable SseEvent awaitLog() {
        try {
            channel.catchUp();
        } catch (ChannelUnavailableException away) {
            pause(backoff.next());
        }
        Offset now = channel.place();
        if (now.equals(goal)) {
            pause(SHORT);
            if (++waited == 1000) {
                // What the subscriber had is gone from Redis, whose ids have not come so far again.
                return gap(goal.id(), Optional.empty());
            }
        }
        goal = now;
        return null;
    }

    private SseEvent gap(String carriesOnAfter, Optional<String> oldest) {
        cursor = carriesOnAfter;
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
