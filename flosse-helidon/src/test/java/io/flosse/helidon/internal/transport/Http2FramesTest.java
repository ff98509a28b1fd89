package io.flosse.helidon.internal.transport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.helidon.common.buffers.BufferData;
import io.helidon.common.buffers.DataReader;
import io.helidon.common.buffers.DataWriter;
import io.helidon.http.http2.Http2Exception;
import io.helidon.webserver.CloseConnectionException;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** HTTP/2 frames that pass through flosse in both directions. */
class Http2FramesTest {

    private static final byte[] PREFACE = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] SETTINGS = frame(4, 0, 0, new byte[0]);
    private static final byte[] GOAWAY = frame(7, 0, 0, new byte[8]);

    /** Bytes written to the socket. */
    private final List<byte[]> written = new ArrayList<>();

    private final DataWriter socket = new DataWriter() {
        @Override
        public void write(BufferData... buffers) {
            throw new UnsupportedOperationException();
        }

        @Override
        public void write(BufferData buffer) {
            throw new UnsupportedOperationException();
        }

        @Override
        public void writeNow(BufferData... buffers) {
            throw new UnsupportedOperationException();
        }

        @Override
        public void writeNow(BufferData buffer) {
            written.add(buffer.readBytes());
        }
    };

    private final Http2Connection connection = new Http2Connection(socket, () -> {
        throw new UnsupportedOperationException();
    });

    private static byte[] frame(int type, int flags, int stream, byte[] payload) {
        var frame = new ByteArrayOutputStream();
        frame.write(payload.length >>> 16);
        frame.write(payload.length >>> 8);
        frame.write(payload.length);
        frame.write(type);
        frame.write(flags);
        for (int shift = 24; shift >= 0; shift -= 8) {
            frame.write(stream >>> shift);
        }
        frame.writeBytes(payload);
        return frame.toByteArray();
    }

    private static byte[] headers(int stream) {
        return frame(1, 5, stream, new byte[] {1, 2, 3});
    }

    private static byte[] data(int stream, int length) {
        return frame(0, 0, stream, new byte[length]);
    }

    private static byte[] last(int stream) {
        return frame(0, 1, stream, new byte[0]);
    }

    private static byte[] reset(int stream) {
        return frame(3, 0, stream, new byte[] {0, 0, 0, 8});
    }

    private static byte[] join(List<byte[]> parts) {
        var joined = new ByteArrayOutputStream();
        parts.forEach(joined::writeBytes);
        return joined.toByteArray();
    }

    /** Returns a reader of bytes that arrive in slices of the given size. */
    private Http2FrameReader reader(byte[] bytes, int sliceSize, int resetsPerSecond) {
        AtomicInteger position = new AtomicInteger();
        DataReader source = HelidonLine.dataReader(() -> {
            int from = position.getAndAdd(sliceSize);
            return from >= bytes.length
                    ? null
                    : Arrays.copyOfRange(bytes, from, Math.min(bytes.length, from + sliceSize));
        });
        return new Http2FrameReader(source, connection, resetsPerSecond);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 5, 8, 9, 10, 13, 24, 33, 100, 1 << 20})
    void framesArePassedOnOneByOneWhateverTheSliceSize(int sliceSize) {
        List<byte[]> frames = List.of(
                SETTINGS,
                headers(1),
                data(1, 0),
                data(1, 1),
                data(1, 20_000),
                headers(3),
                last(1),
                frame(99, 0, 0, new byte[5]));
        var sent = new ByteArrayOutputStream();
        sent.writeBytes(PREFACE);
        sent.writeBytes(join(frames));
        Http2FrameReader reader = reader(sent.toByteArray(), sliceSize, 0);
        var received = new ByteArrayOutputStream();

        byte[] next;
        int preface = PREFACE.length;
        int inFrame = 0;
        int frame = 0;
        while ((next = reader.get()) != null) {
            received.writeBytes(next);
            if (preface > 0) {
                preface -= next.length;
                assertThat(preface).isNotNegative();
                continue;
            }
            inFrame += next.length;
            assertThat(inFrame).isBetween(9, frames.get(frame).length);
            if (inFrame == frames.get(frame).length) {
                frame++;
                inFrame = 0;
            }
        }
        assertThat(received.toByteArray()).isEqualTo(sent.toByteArray());
        assertThat(frame).isEqualTo(frames.size());
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 7, 9, 12, 13, 50, 1000})
    void resetOfEndedStreamIsNotPassedToHelidon(int sliceSize) {
        byte[] sent =
                join(List.of(PREFACE, headers(1), headers(3), reset(1), data(3, 4), reset(3), reset(3), SETTINGS));
        Http2FrameReader reader = reader(sent, sliceSize, 0);
        var received = new ByteArrayOutputStream();
        while (received.size() < PREFACE.length + 2 * headers(1).length) {
            received.writeBytes(reader.get());
        }
        connection.handlerBegins(3, true);
        byte[] next;
        while ((next = reader.get()) != null) {
            received.writeBytes(next);
        }

        assertThat(received.toByteArray())
                .isEqualTo(join(List.of(PREFACE, headers(1), headers(3), data(3, 4), reset(3), SETTINGS)));
    }

    @Test
    void resetOfUnknownStreamIsPassedToHelidon() {
        byte[] sent = join(List.of(PREFACE, reset(5)));
        Http2FrameReader reader = reader(sent, sent.length, 0);
        reader.get();
        assertThat(reader.get()).isEqualTo(reset(5));
    }

    @Test
    void tooManyResetsPerSecondThrow() {
        List<byte[]> frames = new ArrayList<>(List.of(PREFACE, headers(9)));
        for (int n = 0; n < 6; n++) {
            frames.add(reset(5));
        }
        byte[] sent = join(frames);
        Http2FrameReader reader = reader(sent, sent.length, 5);
        reader.get();
        reader.get();
        assertThatThrownBy(reader::get)
                .isInstanceOf(Http2Exception.class)
                .hasMessage("More than 5 streams reset in a second");
    }

    @Test
    void endOfInputOrGoAwayEndsAllStreams() {
        for (byte[] end : List.of(new byte[0], GOAWAY)) {
            Http2Connection ending = new Http2Connection(socket, () -> null);
            AtomicInteger gone = new AtomicInteger();
            ending.handlerBegins(1, true).whenGone(gone::incrementAndGet);
            byte[] sent = join(List.of(PREFACE, end));
            Http2FrameReader reader =
                    new Http2FrameReader(HelidonLine.dataReader(new ArrayDeque<>(List.of(sent))::poll), ending, 0);
            reader.get();
            assertThat(gone).hasValue(0);

            reader.get();

            assertThat(gone).hasValue(1);
            Http2Stream late = ending.handlerBegins(3, true);
            late.whenGone(gone::incrementAndGet);
            assertThat(gone).hasValue(2);
        }
    }

    private void write(byte[] frame) {
        connection.writer().writeNow(BufferData.create(frame));
    }

    @Test
    void nothingIsWrittenToStreamThatItsClientHasReset() {
        Http2Stream stream = connection.handlerBegins(1, true);
        assertThat(stream.enter(10)).isTrue();
        byte[] head = frame(1, 4, 1, new byte[] {1, 2, 3});
        write(head);
        connection.reset(1);

        assertThatThrownBy(() -> write(data(1, 5))).isInstanceOf(CloseConnectionException.class);
        write(last(1));
        write(reset(1));

        assertThat(written).containsExactly(head);
    }

    @Test
    void cutStreamEndsWithResetAndNothingFollows() {
        Http2Stream stream = connection.handlerBegins(1, true);
        assertThat(stream.enter(10)).isTrue();
        write(data(1, 5));
        stream.cut();

        assertThatThrownBy(() -> write(data(1, 6))).isInstanceOf(CloseConnectionException.class);
        write(last(1));
        assertThatThrownBy(() -> write(data(1, 7))).isInstanceOf(CloseConnectionException.class);
        assertThatThrownBy(() -> write(last(1))).isInstanceOf(CloseConnectionException.class);
        write(reset(1));

        assertThat(written).containsExactly(data(1, 5), reset(1));
    }

    @Test
    void trailersOfCutStreamDoNotEndIt() {
        Http2Stream stream = connection.handlerBegins(1, true);
        assertThat(stream.enter(10)).isTrue();
        stream.cut();

        write(headers(1));

        assertThat(written).containsExactly(join(List.of(frame(1, 4, 1, new byte[] {1, 2, 3}), reset(1))));
    }

    @Test
    void framesOfOtherRoutesAreNotChanged() {
        connection.handlerBegins(1, true);
        connection.reset(1);

        write(headers(1));
        write(data(1, 5));
        write(last(1));

        assertThat(written).containsExactly(headers(1), data(1, 5), last(1));
    }

    @Test
    void interruptOfWriterIsDelayedUntilItHasLeftTheSocket() {
        Http2Stream[] stream = new Http2Stream[1];
        Http2Connection other = new Http2Connection(
                new DataWriter() {
                    @Override
                    public void write(BufferData... buffers) {}

                    @Override
                    public void write(BufferData buffer) {}

                    @Override
                    public void writeNow(BufferData... buffers) {}

                    @Override
                    public void writeNow(BufferData buffer) {
                        assertThat(Thread.currentThread().isInterrupted()).isFalse();
                        stream[0].endWriter();
                        assertThat(Thread.currentThread().isInterrupted()).isFalse();
                        written.add(buffer.readBytes());
                    }
                },
                () -> null);
        stream[0] = other.handlerBegins(1, true);
        assertThat(stream[0].enter(10)).isTrue();
        stream[0].writerBegins();
        Thread.currentThread().interrupt();

        other.writer().writeNow(BufferData.create(data(1, 5)));

        assertThat(Thread.interrupted()).isTrue();
        assertThat(written).containsExactly(data(1, 5));
        stream[0].endWriter();
        assertThat(Thread.interrupted()).isTrue();
        stream[0].writerEnds();
        stream[0].endWriter();
        assertThat(Thread.interrupted()).isFalse();
    }

    @Test
    void interruptibleThreadDoesNotWriteToTheSocketItself() {
        List<Thread> writers = new ArrayList<>();
        Http2Connection other = new Http2Connection(
                new DataWriter() {
                    @Override
                    public void write(BufferData... buffers) {}

                    @Override
                    public void write(BufferData buffer) {}

                    @Override
                    public void writeNow(BufferData... buffers) {}

                    @Override
                    public void writeNow(BufferData buffer) {
                        writers.add(Thread.currentThread());
                    }
                },
                () -> null);
        other.writer().writeNow(BufferData.create(data(1, 5)));
        assertThat(writers).containsExactly(Thread.currentThread());

        assertThat(other.handlerBegins(1, true).enter(10)).isTrue();
        Thread.currentThread().interrupt();
        other.writer().writeNow(BufferData.create(data(3, 5)));

        assertThat(Thread.interrupted()).isTrue();
        assertThat(writers).hasSize(2).last().isNotEqualTo(Thread.currentThread());
    }
}
