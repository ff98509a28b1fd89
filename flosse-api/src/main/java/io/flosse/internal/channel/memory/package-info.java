/** The backend in the memory of one process. */
@NullMarked
package io.flosse.internal.channel.memory;

import org.jspecify.annotations.NullMarked;
