/** Channels: one publishes, many subscribe, each resumes where it left off; and jobs that outlive their connection. */
@NullMarked
package io.flosse.channel;

import org.jspecify.annotations.NullMarked;
