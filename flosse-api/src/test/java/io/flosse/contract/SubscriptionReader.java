package io.flosse.contract;

import io.flosse.SseEvent;
import io.flosse.channel.Subscription;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** A fast subscriber: reads a subscription on its own thread; the test takes the events with a deadline. */
public final class SubscriptionReader implements AutoCloseable {

    /** Maximum wait for an event that is expected to arrive. */
    public static final long TIMEOUT_SECONDS = 20;

    private record Item(@Nullable SseEvent event, @Nullable Throwable thrown) {}

    private final Subscription subscription;
    private final LinkedBlockingQueue<Item> items = new LinkedBlockingQueue<>();
    private final Thread thread;

    private SubscriptionReader(Subscription subscription) {
        this.subscription = subscription;
        this.thread = Thread.ofVirtual().start(this::read);
    }

    /** Starts to read. */
    public static SubscriptionReader of(Subscription subscription) {
        return new SubscriptionReader(subscription);
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
                throw new AssertionError("No event arrived within " + TIMEOUT_SECONDS + " s");
            }
            return item;
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    /** Returns the next event. */
    public SseEvent next() {
        Item item = take();
        if (item.event() == null) {
            throw new AssertionError("The subscription ended, but an event was expected", item.thrown());
        }
        return item.event();
    }

    /** Returns the next events. */
    public List<SseEvent> next(int count) {
        List<SseEvent> events = new ArrayList<>();
        while (events.size() < count) {
            events.add(next());
        }
        return events;
    }

    /** Returns all events up to the end of the sequence. */
    public List<SseEvent> untilEnd() {
        List<SseEvent> events = new ArrayList<>();
        while (true) {
            Item item = take();
            if (item.event() == null) {
                if (item.thrown() != null) {
                    throw new AssertionError("The subscription failed after the events " + events, item.thrown());
                }
                return events;
            }
            events.add(item.event());
        }
    }

    /** Returns the exception that ended the sequence after its last event. */
    public Throwable thrown() {
        Item item = take();
        if (item.thrown() == null) {
            throw new AssertionError("An exception was expected, but the subscription returned " + item);
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
