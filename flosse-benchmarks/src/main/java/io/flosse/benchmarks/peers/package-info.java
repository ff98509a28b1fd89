/** The servers that are compared. All serve the same paths; each streams in the usual way of its framework. */
@NullMarked
package io.flosse.benchmarks.peers;

import org.jspecify.annotations.NullMarked;
