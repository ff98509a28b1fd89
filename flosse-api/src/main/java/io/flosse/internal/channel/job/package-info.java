/** Background jobs. */
@NullMarked
package io.flosse.internal.channel.job;

import org.jspecify.annotations.NullMarked;
