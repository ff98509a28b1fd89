package io.flosse.auth;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.flosse.FakeRequest;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** {@link Tickets}: a valid ticket authenticates its request; every other ticket is refused. */
class TicketsTest {

    private static final String PATH = "/sse/me";
    private static final String HERE = "192.0.2.1";
    private static final Identity ANN = Identity.of("ann")
            .withRoles("admin", "editor")
            .withAttribute("tenant", "acme")
            .withExpiry(Instant.parse("2030-01-01T00:00:00Z"));

    private Instant now = Instant.parse("2025-01-01T00:00:00.5Z");
    private final InstantSource clock = () -> now;
    private final Tickets tickets =
            Tickets.builder().clock(clock).overlap(Duration.ofMillis(50)).build();

    private static byte[] secret(int seed) {
        byte[] secret = new byte[32];
        new Random(seed).nextBytes(secret);
        return secret;
    }

    private static FakeRequest requestWith(String ticket) {
        return requestWith(ticket, PATH, HERE);
    }

    private static FakeRequest requestWith(String ticket, String path, String address) {
        return FakeRequest.get(path, Map.of("ticket", List.of(ticket)), address);
    }

    private Optional<Identity> redeem(String ticket) {
        return tickets.authenticate(requestWith(ticket));
    }

    @Test
    void ticketRestoresTheWholeIdentity() {
        assertThat(redeem(tickets.issue(ANN, PATH))).contains(ANN);
        Identity plain = Identity.of("bob\u0000\n🐟");
        assertThat(redeem(tickets.issue(plain, "/sse/other", PATH))).contains(plain);
    }

    @Test
    void ticketNeedsNoEscapingInAUrl() {
        assertThat(tickets.issue(ANN, PATH)).matches("[A-Za-z0-9._-]+");
    }

    @Test
    void requestWithoutTicketIsNotAuthenticated() {
        assertThat(tickets.authenticate(FakeRequest.from(HERE))).isEmpty();
        assertThat(redeem("")).isEmpty();
    }

    @Test
    void ticketForAnotherPathIsRefused() {
        String ticket = tickets.issue(ANN, PATH);

        assertThat(tickets.authenticate(requestWith(ticket, "/sse/admin", HERE)))
                .isEmpty();
        assertThat(tickets.authenticate(requestWith(ticket, PATH + "/", HERE))).isEmpty();
        assertThat(redeem(ticket)).contains(ANN);
    }

    @Test
    void ticketInPostRequestIsRefused() {
        assertThat(tickets.authenticate(requestWith(tickets.issue(ANN, PATH)).by("POST")))
                .isEmpty();
    }

    @Test
    void twoTicketsInOneUrlAreRefused() {
        List<String> two = List.of(tickets.issue(ANN, PATH), tickets.issue(ANN, PATH));

        assertThat(tickets.authenticate(FakeRequest.get(PATH, Map.of("ticket", two), HERE)))
                .isEmpty();
    }

    /** Signed with the attacker's secret, unsigned, and with the MAC of another ticket. */
    @Test
    void forgedTicketIsRefused() {
        Tickets real = Tickets.builder().key("k", secret(1)).build();
        Tickets forger = Tickets.builder().key("k", secret(2)).build();
        String own = real.issue(Identity.of("mallory"), PATH);
        String admin = forger.issue(ANN, PATH);

        assertThat(real.authenticate(requestWith(admin))).isEmpty();
        assertThat(real.authenticate(requestWith(payload(admin) + mac(own)))).isEmpty();
        assertThat(real.authenticate(requestWith(payload(admin) + "A".repeat(43))))
                .isEmpty();
        assertThat(real.authenticate(requestWith(payload(admin)))).isEmpty();
        assertThat(real.authenticate(requestWith(own))).isPresent();
    }

    private static String payload(String ticket) {
        return ticket.substring(0, ticket.lastIndexOf('.') + 1);
    }

    private static String mac(String ticket) {
        return ticket.substring(ticket.lastIndexOf('.') + 1);
    }

    @Test
    void ticketWithAnotherKeyIdIsRefused() {
        Tickets both = Tickets.builder().key("a", secret(1)).key("b", secret(2)).build();
        String ticket = both.issue(ANN, PATH);

        assertThat(ticket).startsWith("a.");
        assertThat(both.authenticate(requestWith("b" + ticket.substring(1)))).isEmpty();
        assertThat(both.authenticate(requestWith("c" + ticket.substring(1)))).isEmpty();
        assertThat(both.authenticate(requestWith(ticket.substring(1)))).isEmpty();
        assertThat(both.authenticate(requestWith(ticket))).contains(ANN);
    }

    @Test
    void truncatedTicketIsRefused() {
        String ticket = tickets.issue(ANN, PATH);
        for (int length = 0; length < ticket.length(); length++) {
            assertThat(redeem(ticket.substring(0, length)))
                    .as("ticket truncated to %d characters", length)
                    .isEmpty();
        }
        assertThat(redeem(ticket)).isPresent();
    }

    @Test
    void ticketWithOneChangedBitIsRefused() {
        String ticket = tickets.issue(ANN, PATH);
        for (int part : new int[] {1, 2}) {
            String[] parts = ticket.split("\\.");
            byte[] bytes = Base64.getUrlDecoder().decode(parts[part]);
            for (int bit = 0; bit < bytes.length * 8; bit++) {
                byte[] changed = bytes.clone();
                changed[bit / 8] ^= (byte) (1 << bit % 8);
                parts[part] = Base64.getUrlEncoder().withoutPadding().encodeToString(changed);
                assertThat(redeem(String.join(".", parts)))
                        .as("ticket with bit %d of part %d inverted", bit, part)
                        .isEmpty();
            }
        }
        assertThat(redeem(ticket)).isPresent();
    }

    /** The last character of a part may have unused bits. All their values decode to the same bytes. */
    @Test
    void ticketWithChangedUnusedBitsOfBase64IsRefused() {
        Base64.Decoder decoder = Base64.getUrlDecoder();
        int tried = 0;
        for (String path : List.of("/a", "/ab", "/abc")) { // so that the payload ends with 0, 2 and 4 unused bits
            String ticket = tickets.issue(ANN, path);
            String[] parts = ticket.split("\\.");
            for (int part : new int[] {1, 2}) {
                String text = parts[part];
                for (char last : "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".toCharArray()) {
                    String changed = text.substring(0, text.length() - 1) + last;
                    if (!changed.equals(text) && Arrays.equals(decoder.decode(changed), decoder.decode(text))) {
                        parts[part] = changed;
                        String other = String.join(".", parts);
                        assertThat(tickets.authenticate(requestWith(other, path, HERE)))
                                .as(other)
                                .isEmpty();
                        tried++;
                    }
                }
                parts[part] = text;
            }
            assertThat(tickets.authenticate(requestWith(ticket, path, HERE))).isPresent();
        }
        assertThat(tried).as("changed tickets").isEqualTo(3 * 3 + 3 + 15);
    }

    @Test
    void randomTextIsRefusedAsTicket() {
        Random random = new Random(4);
        for (int round = 0; round < 20_000; round++) {
            byte[] bytes = new byte[random.nextInt(80)];
            random.nextBytes(bytes);
            String text = random.nextBoolean()
                    ? Base64.getUrlEncoder().withoutPadding().encodeToString(bytes)
                    : new String(bytes, java.nio.charset.StandardCharsets.ISO_8859_1);
            assertThat(redeem("random." + text + "." + text)).isEmpty();
        }
        assertThat(redeem("random." + "A".repeat(10_000_000) + ".A")).isEmpty();
    }

    @Test
    void expiredTicketIsRefused() {
        String ticket = tickets.issue(ANN, PATH);
        now = now.plusMillis(29_999);
        String late = tickets.issue(ANN, PATH);
        assertThat(redeem(ticket)).isPresent();

        now = now.plusSeconds(30);
        assertThat(redeem(late)).isEmpty();
    }

    @Test
    void replayedTicketIsRefusedWhileItsStreamIsOpen() {
        String ticket = tickets.issue(ANN, PATH);
        assertThat(redeem(ticket)).isPresent();

        assertThat(redeem(ticket)).isEmpty();
        assertThat(redeem(ticket)).isEmpty();
    }

    @Test
    void ticketUsedBy200ConcurrentRequestsOpensOneStream() throws Exception {
        String ticket = tickets.issue(ANN, PATH);
        var start = new CountDownLatch(1);
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<Optional<Identity>>> racing = IntStream.range(0, 200)
                    .mapToObj(i -> threads.submit(() -> {
                        start.await();
                        return redeem(ticket);
                    }))
                    .toList();
            start.countDown();
            int opened = 0;
            for (Future<Optional<Identity>> one : racing) {
                opened += one.get().isPresent() ? 1 : 0;
            }
            assertThat(opened).isEqualTo(1);
        }
    }

    @Test
    void reconnectWithinTheSessionIsAllowedRepeatedly() {
        String ticket = tickets.issue(ANN, PATH);
        for (int reconnect = 0; reconnect < 5; reconnect++) {
            FakeRequest request = requestWith(ticket);
            assertThat(tickets.authenticate(request)).contains(ANN);
            now = now.plusSeconds(3600); // the stream is open
            request.done();
            now = now.plusSeconds(60);
        }
    }

    @Test
    void reconnectAfterTheSessionIsRefused() {
        FakeRequest request = requestWith(tickets.issue(ANN, PATH));
        assertThat(tickets.authenticate(request)).isPresent();
        request.done();

        now = now.plusSeconds(60).plusMillis(1);
        assertThat(tickets.authenticate(request)).isEmpty();
    }

    /** The client may see the end of its stream before the generator has returned. */
    @Test
    void reconnectWaitsUntilThePreviousStreamHasEnded() throws Exception {
        Tickets patient = Tickets.builder().overlap(Duration.ofSeconds(60)).build();
        FakeRequest first = requestWith(patient.issue(ANN, PATH));
        assertThat(patient.authenticate(first)).isPresent();
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            Future<Optional<Identity>> reconnect = threads.submit(() -> patient.authenticate(first));
            assertThat(reconnect.isDone()).isFalse();
            first.done();

            assertThat(reconnect.get()).contains(ANN);
        }
    }

    /** Without an address the server cannot tell whether it is the same client. */
    @Test
    void usedTicketWithoutAnAddressIsRefused() {
        String ticket = tickets.issue(ANN, PATH);
        FakeRequest first = requestWith(ticket, PATH, "");
        assertThat(tickets.authenticate(first)).contains(ANN);
        first.done();

        assertThat(tickets.authenticate(requestWith(ticket, PATH, ""))).isEmpty();
        assertThat(tickets.authenticate(requestWith(ticket, PATH, HERE))).isEmpty();
    }

    @Test
    void usedTicketFromAnotherAddressIsRefused() {
        FakeRequest request = requestWith(tickets.issue(ANN, PATH), PATH, "2001:db8:1:2::1");
        String ticket = request.query("ticket").orElseThrow();
        assertThat(tickets.authenticate(request)).isPresent();
        request.done();

        assertThat(tickets.authenticate(requestWith(ticket, PATH, "2001:db8:1:3::1")))
                .isEmpty();
        assertThat(tickets.authenticate(requestWith(ticket, PATH, HERE))).isEmpty();
        assertThat(tickets.authenticate(requestWith(ticket, PATH, "2001:db8:1:2:9::9")))
                .contains(ANN);
    }

    @Test
    void usedTicketOnAnotherOfItsPathsIsRefused() {
        String ticket = tickets.issue(ANN, PATH, "/sse/other");
        FakeRequest request = requestWith(ticket);
        assertThat(tickets.authenticate(request)).isPresent();
        request.done();

        assertThat(tickets.authenticate(requestWith(ticket, "/sse/other", HERE)))
                .isEmpty();
    }

    @Test
    void revokedTicketIsRefusedWhetherUsedOrNot() {
        FakeRequest used = requestWith(tickets.issue(ANN, PATH));
        assertThat(tickets.authenticate(used)).isPresent();
        used.done();
        String unused = tickets.issue(ANN, PATH);
        String bobs = tickets.issue(Identity.of("bob"), PATH);

        tickets.revoke(identity -> identity.name().equals("ann"));

        assertThat(tickets.authenticate(used)).isEmpty();
        assertThat(redeem(unused)).isEmpty();
        assertThat(redeem(bobs)).isPresent();
        now = now.plusMillis(1);
        assertThat(redeem(tickets.issue(ANN, PATH)))
                .as("ticket issued after the revocation")
                .isPresent();
    }

    /** A user may cause any number of revocations. Beyond the number that is kept, too many tickets are revoked, never too few. */
    @Test
    void tooManyRevocationsRevokeAllUnusedTickets() {
        FakeRequest used = requestWith(tickets.issue(Identity.of("bob"), PATH));
        assertThat(tickets.authenticate(used)).isPresent();
        used.done();
        String anns = tickets.issue(ANN, PATH);
        String bobs = tickets.issue(Identity.of("bob"), PATH);
        String othersOfBob = tickets.issue(Identity.of("bob"), PATH);
        tickets.revoke(identity -> identity.name().equals("ann"));
        var tested = new AtomicInteger();
        for (int i = 1; i < 10_000; i++) {
            tickets.revoke(identity -> tested.incrementAndGet() < 0);
        }
        assertThat(redeem(bobs)).isPresent();

        tickets.revoke(identity -> false);
        tested.set(0);
        assertThat(redeem(othersOfBob)).isEmpty();
        assertThat(redeem(anns)).isEmpty();
        assertThat(tickets.authenticate(used))
                .as("reconnect with a used ticket")
                .isPresent();
        now = now.plusMillis(1);
        assertThat(redeem(tickets.issue(ANN, PATH)))
                .as("ticket issued afterwards")
                .isPresent();
        assertThat(tested).as("tests of revocations that are not kept").hasValue(0);
    }

    @Test
    void keyRotationKeepsTicketsOfTheOldKeyValid() {
        Tickets old = Tickets.builder().clock(clock).key("old", secret(1)).build();
        Tickets between = Tickets.builder()
                .clock(clock)
                .key("new", secret(2))
                .key("old", secret(1))
                .build();
        Tickets fresh = Tickets.builder().clock(clock).key("new", secret(2)).build();
        String ticket = old.issue(ANN, PATH);

        assertThat(between.issue(ANN, PATH)).startsWith("new.");
        assertThat(between.authenticate(requestWith(ticket))).contains(ANN);
        assertThat(fresh.authenticate(requestWith(ticket))).isEmpty();
        assertThat(fresh.authenticate(requestWith(between.issue(ANN, PATH)))).contains(ANN);
    }

    @Test
    void ticketsAreRefusedWhenTheMemoryOfUsedTicketsIsFull() {
        Tickets small = Tickets.builder().clock(clock).memory(2).build();
        List<FakeRequest> requests = IntStream.range(0, 3)
                .mapToObj(i -> requestWith(small.issue(Identity.of("user " + i), PATH)))
                .toList();
        assertThat(small.authenticate(requests.get(0))).isPresent();
        assertThat(small.authenticate(requests.get(1))).isPresent();
        assertThat(small.authenticate(requests.get(2))).isEmpty();

        requests.get(0).done();
        now = now.plusSeconds(61);
        FakeRequest next = requestWith(small.issue(ANN, PATH));
        assertThat(small.authenticate(next)).isPresent();
        assertThat(small.authenticate(requests.get(0)))
                .as("used ticket after it was forgotten")
                .isEmpty();
    }

    @Test
    void oneIdentityHoldsAtMostATenthOfTheMemoryOfUsedTickets() {
        Tickets small = Tickets.builder().clock(clock).memory(50).build();
        List<FakeRequest> anns = IntStream.range(0, 50)
                .mapToObj(i -> requestWith(small.issue(Identity.of("ann").withAttribute("n", "" + i), PATH)))
                .toList();
        assertThat(anns.stream().filter(request -> small.authenticate(request).isPresent()))
                .hasSize(5);
        for (int i = 0; i < 9; i++) {
            Identity other = Identity.of("user " + i);
            assertThat(small.authenticate(requestWith(small.issue(other, PATH))))
                    .as("first ticket of " + other.name())
                    .isPresent();
        }

        anns.getFirst().done();
        now = now.plusSeconds(61);
        assertThat(small.authenticate(requestWith(small.issue(ANN, PATH))))
                .as("ticket after the session of another one is over")
                .isPresent();
        assertThat(small.authenticate(requestWith(small.issue(ANN, PATH)))).isEmpty();
    }

    private Ticket ticketOfAnn(String id) {
        return new Ticket(id, ANN, Set.of(PATH), now, now.plusSeconds(30));
    }

    @Test
    void ticketWhoseStreamWasOpenedAgainKeepsItsPlaceUntilTheNewSessionIsOver() {
        Tickets small = Tickets.builder().clock(clock).memory(1).build();
        FakeRequest used = requestWith(small.issue(ANN, PATH));
        assertThat(small.authenticate(used)).isPresent();
        used.done(); // its session lasts until second 60

        now = now.plusSeconds(30);
        assertThat(small.authenticate(used)).isPresent();
        now = now.plusSeconds(40);
        assertThat(small.authenticate(requestWith(small.issue(ANN, PATH)))).isEmpty();
        used.done(); // until second 130

        now = now.plusSeconds(10);
        assertThat(small.authenticate(used)).isPresent();
        used.done(); // until second 140
        now = now.plusSeconds(55);
        assertThat(small.authenticate(requestWith(small.issue(ANN, PATH)))).isEmpty();
        now = now.plusSeconds(6);
        assertThat(small.authenticate(requestWith(small.issue(ANN, PATH)))).isPresent();
    }

    @Test
    void usedTicketsAreForgottenAfterTheirSession() {
        var uses = new TicketUses(Duration.ofSeconds(30), Duration.ofMinutes(1), Duration.ZERO, 100_000, clock);
        for (int i = 0; i < 200_000; i++) {
            Ticket ticket = ticketOfAnn(Integer.toString(i));
            assertThat(uses.open(ticket, PATH, HERE)).isTrue();
            uses.close(ticket.id());
            now = now.plusMillis(100);
        }
        assertThat(uses.size()).isLessThan(3000);
    }

    @Test
    void forgottenTicketIsRefusedAfterTheClockIsSetBack() {
        Tickets small = Tickets.builder().clock(clock).memory(2).build();
        FakeRequest used = requestWith(small.issue(ANN, PATH));
        assertThat(small.authenticate(used)).isPresent();
        used.done();
        now = now.plusSeconds(3600);
        FakeRequest next = requestWith(small.issue(ANN, PATH));
        assertThat(small.authenticate(next)).isPresent();
        next.done();
        now = now.plusSeconds(3600);
        assertThat(small.authenticate(requestWith(small.issue(ANN, PATH))))
                .as("ticket after the first two were forgotten")
                .isPresent();
        now = now.minusSeconds(7200);
        assertThat(small.authenticate(used)).isEmpty();
    }

    @Test
    void identityTooLargeForUrlIsRejected() {
        Identity large = ANN.withAttribute("picture", "x".repeat(2000));

        assertThatThrownBy(() -> tickets.issue(large, PATH))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("fewer attributes");
        assertThatThrownBy(() -> tickets.issue(ANN.withAttribute("x", "x".repeat(70_000)), PATH))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> tickets.issue(ANN)).hasMessageContaining("path");
    }

    @Test
    void invalidOptionsAreRejected() {
        Tickets.Builder builder = Tickets.builder().key("a", secret(1));
        for (String id : List.of("", "a.b", "ä", "x".repeat(33), "a")) {
            assertThatThrownBy(() -> builder.key(id, secret(1))).isInstanceOf(IllegalArgumentException.class);
        }
        assertThatThrownBy(() -> builder.key("b", Arrays.copyOf(secret(1), 31))).hasMessageContaining("32");
        assertThatThrownBy(() -> builder.validity(Duration.ZERO)).hasMessageContaining("validity");
        assertThatThrownBy(() -> builder.session(Duration.ofSeconds(-1))).hasMessageContaining("session");
        assertThatThrownBy(() -> builder.memory(0)).hasMessageContaining("memory");
    }
}
