/** Channels and jobs on Redis Streams; {@link io.flosse.redis.FlosseRedis} is the entry. */
@NullMarked
package io.flosse.redis;

import org.jspecify.annotations.NullMarked;
