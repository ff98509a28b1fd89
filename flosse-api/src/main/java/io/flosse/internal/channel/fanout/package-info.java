/** One channel in one process: subscribers, start positions, gaps and delivery workers. */
@NullMarked
package io.flosse.internal.channel.fanout;

import org.jspecify.annotations.NullMarked;
