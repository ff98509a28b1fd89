/** What Helidon's service loader must be able to name; not for users. */
@NullMarked
package io.flosse.helidon.internal;

import org.jspecify.annotations.NullMarked;
