/** What every implementation of channels is made of, for flosse's own modules only. */
@NullMarked
package io.flosse.internal.channel;

import org.jspecify.annotations.NullMarked;
