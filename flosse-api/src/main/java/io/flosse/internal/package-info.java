/** Frame encoding and yield mapping, for flosse's own modules only. */
@NullMarked
package io.flosse.internal;

import org.jspecify.annotations.NullMarked;
