package io.flosse.helidon;

import static org.assertj.core.api.Assertions.assertThat;

import io.flosse.helidon.fixture.PinnedYieldProgram;
import io.flosse.helidon.fixture.SingleCarrierJvm;
import org.junit.jupiter.api.Test;

/**
 * On TLS a yielding thread waits for another virtual thread, which cannot run if all carrier threads are pinned by waiting
 * threads.
 */
class PinnedYieldTest {

    @Test
    void callerWritesItselfIfAllCarrierThreadsArePinned() throws Exception {
        assertThat(SingleCarrierJvm.run(PinnedYieldProgram.class)).isEqualToIgnoringNewLines("written");
    }
}
