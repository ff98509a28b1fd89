/** Channels and jobs on Redis Streams. */
@NullMarked
package io.flosse.redis;

import org.jspecify.annotations.NullMarked;
