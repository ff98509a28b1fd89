/** Jobs and their leases in Redis. */
@NullMarked
package io.flosse.redis.internal.job;

import org.jspecify.annotations.NullMarked;
