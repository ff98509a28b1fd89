package io.flosse.redis.internal.channel;

/**
 * How far this server has read a channel.
 *
 * @param position the position in the log of the next event
 * @param id the id of the entry that was read last; the log has the entries after it, starting at the position
 */
record Offset(long position, String id) {}
