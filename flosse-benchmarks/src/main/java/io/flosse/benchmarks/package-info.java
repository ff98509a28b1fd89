/** Benchmarks of flosse, alone and compared with other frameworks. Not a library: no other module depends on it. */
@NullMarked
package io.flosse.benchmarks;

import org.jspecify.annotations.NullMarked;
