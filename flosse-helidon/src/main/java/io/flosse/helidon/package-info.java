/** The adapter to Helidon SE: {@link io.flosse.helidon.Flosse#stream} creates a route that runs a generator. */
@NullMarked
package io.flosse.helidon;

import org.jspecify.annotations.NullMarked;
