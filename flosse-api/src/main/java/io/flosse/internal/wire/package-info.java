/** Frames, buffers, JSON, and the mapping of yielded values to events. */
@NullMarked
package io.flosse.internal.wire;

import org.jspecify.annotations.NullMarked;
