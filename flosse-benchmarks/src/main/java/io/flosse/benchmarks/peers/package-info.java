/** The servers that are compared, one a file: the same addresses, each in its framework's own way. */
@NullMarked
package io.flosse.benchmarks.peers;

import org.jspecify.annotations.NullMarked;
