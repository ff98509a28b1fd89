package io.flosse.helidon.internal.stream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.flosse.EndCause;
import io.flosse.StreamEndedException;
import io.flosse.helidon.fixture.TestServer;
import io.flosse.helidon.internal.stream.StreamLifecycle.Event;
import io.flosse.helidon.internal.stream.StreamLifecycle.Phase;
import io.flosse.helidon.internal.transport.GuardedWrite;
import java.time.Duration;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Every phase of the lifecycle with every event, compared with the table in the Javadoc of {@link StreamLifecycle}. */
class StreamLifecycleTest {

    /** Result of an event: the phase, and the cause of the end if it is known. */
    private record Outcome(Phase phase, Optional<EndCause> cause) {

        static Outcome of(Phase phase, EndCause cause) {
            return new Outcome(phase, Optional.of(cause));
        }
    }

    /**
     * The rows of the table; events that are not listed change nothing. The test enters ENDING with REVOKED, and CLOSED with
     * MAX_DURATION.
     */
    private static final Map<Phase, Map<Event, Outcome>> TABLE = Map.of(
            Phase.NEW,
                    Map.of(
                            Event.OPENED, new Outcome(Phase.OPEN, Optional.empty()),
                            Event.END, Outcome.of(Phase.CLOSED, EndCause.COMPLETED),
                            Event.CLIENT_LEFT, Outcome.of(Phase.CLOSED, EndCause.CLIENT_GONE),
                            Event.CUT, Outcome.of(Phase.CLOSED, EndCause.DRAINED)),
            Phase.OPEN,
                    Map.of(
                            Event.END, Outcome.of(Phase.ENDING, EndCause.COMPLETED),
                            Event.WRITE_FAILED, Outcome.of(Phase.CLOSED, EndCause.CLIENT_GONE),
                            Event.WRITE_BROKEN, Outcome.of(Phase.CLOSED, EndCause.FAILED),
                            Event.WRITE_TIMED_OUT, Outcome.of(Phase.CLOSED, EndCause.WRITE_TIMEOUT),
                            Event.CLIENT_LEFT, Outcome.of(Phase.CLOSED, EndCause.CLIENT_GONE),
                            Event.CUT, Outcome.of(Phase.CLOSED, EndCause.DRAINED)),
            Phase.ENDING,
                    Map.of(
                            Event.END_WRITTEN, Outcome.of(Phase.CLOSED, EndCause.REVOKED),
                            Event.END_FAILED, Outcome.of(Phase.CLOSED, EndCause.CLIENT_GONE),
                            Event.WRITE_BROKEN, Outcome.of(Phase.CLOSED, EndCause.FAILED)),
            Phase.CLOSED, new EnumMap<>(Event.class));

    private StreamLifecycle life = new StreamLifecycle();

    private void enter(Phase phase) {
        switch (phase) {
            case NEW -> {}
            case OPEN -> life.opened();
            case ENDING -> {
                life.opened();
                life.end(EndCause.REVOKED);
            }
            case CLOSED -> life.end(EndCause.MAX_DURATION);
        }
        assertThat(life.phase()).isEqualTo(phase);
    }

    private void fire(Event event) throws InterruptedException {
        switch (event) {
            case OPENED -> life.opened();
            case END -> life.end(EndCause.COMPLETED);
            case END_WRITTEN -> life.endWritten();
            case END_FAILED -> life.endFailed(life.writes().causeOfFailure());
            case WRITE_FAILED -> life.writeFailed();
            case WRITE_BROKEN -> life.writeBroken();
            case WRITE_TIMED_OUT -> timeOutAWrite();
            case CLIENT_LEFT -> life.clientLeft();
            case CUT -> life.cut();
        }
    }

    private void timeOutAWrite() throws InterruptedException {
        CountDownLatch writing = new CountDownLatch(1);
        AtomicBoolean interrupted = new AtomicBoolean();
        Runnable blockedWrite = () -> {
            writing.countDown();
            try {
                Thread.sleep(Duration.ofSeconds(TestServer.TIMEOUT_SECONDS));
            } catch (InterruptedException e) {
                interrupted.set(true);
            }
        };
        Thread caller = Thread.ofVirtual().start(() -> GuardedWrite.run(blockedWrite, true, () -> {}, life.writes()));
        assertThat(writing.await(TestServer.TIMEOUT_SECONDS, TimeUnit.SECONDS)).isTrue();
        life.endStuckWrite(Duration.ZERO);
        assertThat(caller.join(Duration.ofSeconds(TestServer.TIMEOUT_SECONDS))).isTrue();
        assertThat(interrupted).isTrue();
    }

    static Stream<Arguments> everyPhaseWithEveryEvent() {
        return Stream.of(Phase.values())
                .flatMap(phase -> Stream.of(Event.values()).map(event -> Arguments.of(phase, event)));
    }

    @ParameterizedTest
    @MethodSource("everyPhaseWithEveryEvent")
    void eventLeadsToPhaseAndCauseOfTheTable(Phase phase, Event event) throws InterruptedException {
        enter(phase);
        Outcome unchanged = new Outcome(phase, Optional.ofNullable(life.cause()));

        fire(event);

        Outcome expected = TABLE.get(phase).getOrDefault(event, unchanged);
        assertThat(new Outcome(life.phase(), Optional.ofNullable(life.cause()))).isEqualTo(expected);
        assertThat(StreamLifecycle.next(phase, event)).isEqualTo(expected.phase());
    }

    @ParameterizedTest
    @EnumSource
    void onlyWholeAnswersEndTheBodyIfTheClientDoesNotReconnect(EndCause cause) {
        StreamLifecycle get = new StreamLifecycle(true, true);
        StreamLifecycle post = new StreamLifecycle(false, true);
        for (StreamLifecycle lifecycle : List.of(get, post)) {
            lifecycle.opened();
            lifecycle.end(cause);
        }

        assertThat(get.endsBody()).isTrue();
        assertThat(post.endsBody()).isEqualTo(cause == EndCause.COMPLETED || cause == EndCause.FAILED);
    }

    @Test
    void releasedLastWriteFailsWithTheCauseOfItsRelease() throws InterruptedException {
        enter(Phase.ENDING);
        fire(Event.WRITE_TIMED_OUT);
        assertThat(life.cause()).isEqualTo(EndCause.REVOKED);

        fire(Event.END_FAILED);

        assertThat(life.cause()).isEqualTo(EndCause.WRITE_TIMEOUT);
    }

    @Test
    void failedWriteOfGeneratorDoesNotInterruptIt() {
        assertThat(life.generatorStarts()).isTrue();
        life.opened();

        life.writeFailed();

        assertThat(Thread.interrupted()).isFalse();
        assertThat(life.hasEnded()).isTrue();
    }

    @Test
    void failedWriteOfAnotherThreadInterruptsTheGenerator() throws InterruptedException {
        assertThat(life.generatorStarts()).isTrue();
        life.opened();

        Thread other = Thread.ofVirtual().start(life::writeFailed);
        while (other.isAlive()) {
            Thread.onSpinWait();
        }

        assertThat(Thread.interrupted()).isTrue();
    }

    /** The failed write is the generator's own, so that only its helper threads wait. */
    @ParameterizedTest
    @EnumSource(names = {"CLIENT_LEFT", "CUT", "WRITE_FAILED", "WRITE_BROKEN"})
    void endWithoutInterruptsOnlyWakesTheWaits(Event event) throws InterruptedException {
        life = new StreamLifecycle(true, false);
        var woken = new AtomicBoolean();
        life.waits().add(() -> woken.set(life.waits().hasEnded()));
        life.generatorStarts();
        life.recheckStarts();
        life.opened();

        fire(event);
        life.interruptRecheck();

        assertThat(woken).as("whether the wait was woken after the end").isTrue();
        assertThat(Thread.interrupted()).isFalse();
        assertThatThrownBy(() -> life.waits().requireLive()).isInstanceOf(StreamEndedException.class);
    }

    @Test
    void generatorDoesNotStartAfterTheEnd() {
        life.clientLeft();

        assertThat(life.generatorStarts()).isFalse();
    }

    @Test
    void interruptOfStreamIsClearedAfterTheGeneratorReturns() {
        life.generatorStarts();
        life.clientLeft();

        life.generatorReturned();

        assertThat(Thread.currentThread().isInterrupted()).isFalse();
        assertThat(life.hasGeneratorReturned()).isTrue();
    }

    @Test
    void headPreparedDuringDisconnectBelongsToTheStream() {
        life.clientLeft();

        life.opened();

        assertThat(life.phase()).isEqualTo(Phase.CLOSED);
        assertThat(life.isOpened()).isTrue();
    }
}
