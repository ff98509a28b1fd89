/** The Redis stream of a channel, its notifications, and replay. */
@NullMarked
package io.flosse.redis.internal.channel;

import org.jspecify.annotations.NullMarked;
