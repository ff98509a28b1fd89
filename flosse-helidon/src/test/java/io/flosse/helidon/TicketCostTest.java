package io.flosse.helidon;

import static org.assertj.core.api.Assertions.assertThat;

import io.flosse.auth.Identity;
import io.flosse.auth.Tickets;
import io.flosse.helidon.fixture.Resources;
import io.flosse.testing.TestRequest;
import java.time.Duration;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** What a refused ticket costs the server. It waits for the same lock as the tickets of everybody else. */
class TicketCostTest {

    private static final String PATH = "/sse/me";
    private static final int PLACES = 10_000;
    private static final int REFUSALS = 100;

    private final Tickets tickets =
            Tickets.builder().validity(Duration.ofMinutes(10)).build();

    private List<TestRequest> requests(int count) {
        return IntStream.range(0, count)
                .mapToObj(n -> tickets.issue(Identity.of("ann"), PATH))
                .map(ticket -> TestRequest.get(PATH).withQuery("ticket", ticket))
                .toList();
    }

    /** A copy of the places that the identity holds would take 40 KB. */
    @Test
    void refusalAtTheLimitOfAnIdentityCopiesNothing() {
        requests(PLACES)
                .forEach(request -> assertThat(tickets.authenticate(request)).isPresent());
        List<TestRequest> further = requests(REFUSALS);
        assertThat(tickets.authenticate(further.getFirst())).isEmpty();

        long before = Resources.allocatedBytes();
        long opened = further.stream()
                .filter(request -> tickets.authenticate(request).isPresent())
                .count();
        long bytes = Resources.allocatedBytes() - before;

        assertThat(opened).isZero();
        assertThat(bytes / REFUSALS).as("bytes allocated by a refusal").isLessThan(30_000);
    }
}
