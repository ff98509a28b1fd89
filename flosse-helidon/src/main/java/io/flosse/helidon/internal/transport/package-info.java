/** How bytes reach a client over HTTP/1.1 and HTTP/2, and how its disconnect is noticed. */
@NullMarked
package io.flosse.helidon.internal.transport;

import org.jspecify.annotations.NullMarked;
