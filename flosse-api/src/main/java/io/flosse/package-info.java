/**
 * Server-Sent Events from a blocking loop: a {@link io.flosse.Generator} yields into a {@link io.flosse.Yield}.
 *
 * <p>The wire format and the terms follow the <a
 * href="https://html.spec.whatwg.org/multipage/server-sent-events.html">WHATWG standard, section 9.2</a>.
 */
@NullMarked
package io.flosse;

import org.jspecify.annotations.NullMarked;
