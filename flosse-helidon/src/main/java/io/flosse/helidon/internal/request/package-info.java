/** The request as user code sees it, its body, and everything that is answered before a stream opens. */
@NullMarked
package io.flosse.helidon.internal.request;

import org.jspecify.annotations.NullMarked;
