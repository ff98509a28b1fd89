/** The parts shared by all implementations of channels, for flosse's own modules only. */
@NullMarked
package io.flosse.internal.channel;

import org.jspecify.annotations.NullMarked;
