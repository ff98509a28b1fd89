/** What the streams of one server share: the registry, the drain, the metrics and the checks at the start. */
@NullMarked
package io.flosse.helidon.internal.server;

import org.jspecify.annotations.NullMarked;
