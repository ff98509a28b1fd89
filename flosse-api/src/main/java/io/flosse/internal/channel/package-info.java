/** The channels of an application: the registry, the views that users see, and the runtime that they share. */
@NullMarked
package io.flosse.internal.channel;

import org.jspecify.annotations.NullMarked;
