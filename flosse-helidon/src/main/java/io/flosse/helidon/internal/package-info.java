/** The service providers that Helidon's service loader instantiates; not part of the public API. */
@NullMarked
package io.flosse.helidon.internal;

import org.jspecify.annotations.NullMarked;
