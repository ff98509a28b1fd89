package io.flosse.helidon;

import io.flosse.internal.FrameBuffer;
import io.helidon.http.HeaderNames;
import io.helidon.http.encoding.ContentEncoder;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Writes to Helidon's output stream: works on every protocol that Helidon has, in-memory test clients included. It
 * cannot break a connection off, since on HTTP/2 that is not the stream's alone.
 */
final class StreamTransport implements Transport {

    /** A write that nobody waits for any more is released at once, or will be by the kernel only. */
    private static final Duration PATIENCE = Duration.ofSeconds(1);

    private final ServerResponse response;
    private final StreamLife life;
    private final boolean secure;
    private @Nullable OutputStream out;

    private StreamTransport(ServerResponse response, StreamLife life, boolean secure) {
        this.response = response;
        this.life = life;
        this.secure = secure;
    }

    /**
     * The transport of a response that nothing compresses: Helidon's gzip encoder swallows flushes, so that events would
     * not arrive before the stream ends.
     */
    static StreamTransport of(ServerRequest request, ServerResponse response, StreamLife life) {
        ContentEncoder encoder =
                request.listenerContext().contentEncodingContext().encoder(request.headers());
        if (!encoder.equals(ContentEncoder.NO_OP)) {
            throw new IllegalStateException("The content encoder that this listener has for 'Accept-Encoding: "
                    + request.headers().get(HeaderNames.ACCEPT_ENCODING).get()
                    + "' would hold events back: take the encoding off the class path or off this listener"
                    + " (content-encoding.content-encodings)");
        }
        return new StreamTransport(response, life, request.isSecure());
    }

    @Override
    public int headroom() {
        return 0;
    }

    @Override
    public void send(FrameBuffer frames, boolean last) {
        try {
            OutputStream stream = Objects.requireNonNull(out);
            Pieces.write(frames.array(), 0, frames.length(), Pieces.SIZE, life, (bytes, offset, length) -> {
                try {
                    stream.write(bytes, offset, length);
                    stream.flush();
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            });
            if (last) {
                stream.close();
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void prepare() {
        StreamHeaders.set(response);
        out = response.outputStream();
    }

    @Override
    public boolean isInterruptible() {
        return !secure || Transport.isInterruptibleOnTls();
    }

    @Override
    public void cut() {
        // Not possible.
    }

    @Override
    public void release() {
        // Helidon commits an output stream by itself, and that must come last.
        life.awaitWriter(PATIENCE);
    }

    @Override
    public void abandon() {
        // Nothing was taken from it.
    }
}
