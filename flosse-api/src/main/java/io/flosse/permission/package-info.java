/** Permissions, checked in order before the first byte of a stream. */
@NullMarked
package io.flosse.permission;

import org.jspecify.annotations.NullMarked;
