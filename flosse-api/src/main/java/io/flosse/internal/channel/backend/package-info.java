/** What a backend of channels and jobs implements. */
@NullMarked
package io.flosse.internal.channel.backend;

import org.jspecify.annotations.NullMarked;
