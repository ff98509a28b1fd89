package io.flosse.internal.channel.backend;

import java.time.Duration;

/**
 * The limits of a channel's history.
 *
 * @param events the maximum number of events
 * @param bytes the maximum number of bytes of frames
 * @param age the maximum age of an event
 */
public record Retention(int events, long bytes, Duration age) {}
