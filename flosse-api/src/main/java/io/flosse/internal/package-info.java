/** Helpers shared by flosse's own modules. */
@NullMarked
package io.flosse.internal;

import org.jspecify.annotations.NullMarked;
