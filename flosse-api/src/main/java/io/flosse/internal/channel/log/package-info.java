/** The log of one channel, and its retention. */
@NullMarked
package io.flosse.internal.channel.log;

import org.jspecify.annotations.NullMarked;
