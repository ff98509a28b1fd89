/** The scheduler of a server, and sleeping in a loop. */
@NullMarked
package io.flosse.helidon.internal.timing;

import org.jspecify.annotations.NullMarked;
