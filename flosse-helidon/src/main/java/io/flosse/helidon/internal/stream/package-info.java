/** One stream: its execution, its state machine, its writer, its sink and its timers. */
@NullMarked
package io.flosse.helidon.internal.stream;

import org.jspecify.annotations.NullMarked;
