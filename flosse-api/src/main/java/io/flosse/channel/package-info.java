/** Channels with many subscribers that can resume after a disconnect, and jobs that outlive their connection. */
@NullMarked
package io.flosse.channel;

import org.jspecify.annotations.NullMarked;
