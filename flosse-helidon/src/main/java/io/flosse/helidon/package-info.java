/** The adapter to Helidon SE: {@link io.flosse.helidon.Flosse#stream} makes a route of a generator. */
@NullMarked
package io.flosse.helidon;

import org.jspecify.annotations.NullMarked;
