/** Throttles, which limit the number and the rate of streams before a stream opens. */
@NullMarked
package io.flosse.throttle;

import org.jspecify.annotations.NullMarked;
