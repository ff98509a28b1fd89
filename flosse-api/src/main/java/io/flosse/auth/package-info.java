/** Authentication: authenticators, identities and stream tickets. */
@NullMarked
package io.flosse.auth;

import org.jspecify.annotations.NullMarked;
