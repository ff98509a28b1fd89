package io.flosse.contract;

import io.flosse.SseEvent;
import io.flosse.channel.Subscription;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** A subscriber that keeps up: reads on a thread of its own what a test then asks for, with a deadline. */
public final class Reading implements AutoCloseable {

    /** How long anything may take that is expected to come. */
    public static final long TIMEOUT_SECONDS = 20;

    private record Item(@Nullable SseEvent event, @Nullable Throwable thrown) {}

    private final Subscription subscription;
    private final LinkedBlockingQueue<Item> items = new LinkedBlockingQueue<>();
    private final Thread thread;

    private Reading(Subscription subscription) {
        this.subscription = subscription;
        this.thread = Thread.ofVirtual().start(this::read);
    }

    /** Starts to read. */
    public static Reading of(Subscription subscription) {
        return new Reading(subscription);
    }

    private void read() {
        try {
            for (SseEvent event : subscription) {
                items.add(new Item(event, null));
            }
            items.add(new Item(null, null));
        } catch (Throwable e) {
            items.add(new Item(null, e));
        }
    }

    private Item take() {
        try {
            Item item = items.poll(TIMEOUT_SECONDS, TimeUnit.SECONDS);
            if (item == null) {
                throw new AssertionError("Nothing came within " + TIMEOUT_SECONDS + " s");
            }
            return item;
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    /** The next event. */
    public SseEvent next() {
        Item item = take();
        if (item.event() == null) {
            throw new AssertionError("The sequence ended instead of an event", item.thrown());
        }
        return item.event();
    }

    /** The next events. */
    public List<SseEvent> next(int count) {
        List<SseEvent> events = new ArrayList<>();
        while (events.size() < count) {
            events.add(next());
        }
        return events;
    }

    /** All events up to the end of the sequence. */
    public List<SseEvent> untilEnd() {
        List<SseEvent> events = new ArrayList<>();
        while (true) {
            Item item = take();
            if (item.event() == null) {
                if (item.thrown() != null) {
                    throw new AssertionError("After " + events, item.thrown());
                }
                return events;
            }
            events.add(item.event());
        }
    }

    /** What ended the sequence, after its last event. */
    public Throwable thrown() {
        Item item = take();
        if (item.thrown() == null) {
            throw new AssertionError("Nothing was thrown, but there was " + item);
        }
        return item.thrown();
    }

    /** Interrupts the reading thread. */
    public void interrupt() {
        thread.interrupt();
    }

    @Override
    public void close() {
        subscription.close();
    }
}
