/** The gates that a request passes before its stream opens, and the filter that finds the runtime of its server. */
@NullMarked
package io.flosse.helidon.internal.admission;

import org.jspecify.annotations.NullMarked;
