package io.flosse.internal.channel.backend;

import java.time.Duration;

/**
 * What a channel keeps.
 *
 * @param events how many events at most
 * @param bytes how many bytes of frames at most
 * @param age for how long at most
 */
public record Retention(int events, long bytes, Duration age) {}
