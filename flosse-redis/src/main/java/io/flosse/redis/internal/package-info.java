/** The backend on Redis, which ties the rest together. */
@NullMarked
package io.flosse.redis.internal;

import org.jspecify.annotations.NullMarked;
