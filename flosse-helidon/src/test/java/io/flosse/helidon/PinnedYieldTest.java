package io.flosse.helidon;

import static org.assertj.core.api.Assertions.assertThat;

import io.flosse.helidon.fixture.SingleCarrierJvm;
import io.flosse.helidon.fixture.PinnedYieldProgram;
import org.junit.jupiter.api.Test;

/** On TLS who yields waits for another virtual thread, which gets no processor where all of them wait and are pinned. */
class PinnedYieldTest {

    @Test
    void writesByItselfWhenNobodyElseCan() throws Exception {
        assertThat(SingleCarrierJvm.run(PinnedYieldProgram.class)).isEqualToIgnoringNewLines("written");
    }
}
