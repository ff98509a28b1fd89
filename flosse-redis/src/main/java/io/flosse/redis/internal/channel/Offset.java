package io.flosse.redis.internal.channel;

/**
 * How far a machine has read a channel.
 *
 * @param position the position of the next event in its log
 * @param id the id of the entry that was read last: the log has from that position on what follows it
 */
record Offset(long position, String id) {}
