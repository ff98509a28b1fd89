/** The options of a route and of a server. */
@NullMarked
package io.flosse.helidon.internal.settings;

import org.jspecify.annotations.NullMarked;
