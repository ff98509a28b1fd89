/**
 * Test support: {@link io.flosse.testing.SseClient}, {@link io.flosse.testing.RecordingYield},
 * {@link io.flosse.testing.TestRequest}.
 */
@NullMarked
package io.flosse.testing;

import org.jspecify.annotations.NullMarked;
