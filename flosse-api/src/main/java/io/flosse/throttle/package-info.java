/** How many streams, and how often: throttles, asked before a stream opens. */
@NullMarked
package io.flosse.throttle;

import org.jspecify.annotations.NullMarked;
