/** What an event costs, alone and beside what a user would pick instead. No library: nothing depends on it. */
@NullMarked
package io.flosse.benchmarks;

import org.jspecify.annotations.NullMarked;
