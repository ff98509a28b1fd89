/** Addresses, connections and scripts of Redis. */
@NullMarked
package io.flosse.redis.internal.connection;

import org.jspecify.annotations.NullMarked;
