/** Who is asking: authenticators and the identity that they find. */
@NullMarked
package io.flosse.auth;

import org.jspecify.annotations.NullMarked;
