package io.flosse.helidon;

import io.flosse.helidon.internal.HelidonLine;
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

    /** How long to wait for the end of a write that was detached. */
    private static final Duration DETACHED_TIMEOUT = Duration.ofSeconds(1);

    private final ServerResponse response;
    private final StreamLife life;
    private @Nullable OutputStream out;

    private StreamTransport(ServerResponse response, StreamLife life) {
        this.response = response;
        this.life = life;
    }

    /**
     * The transport of a response.
     *
     * @throws IllegalStateException on Helidon 4.3, if a content encoder would hold events back
     */
    static StreamTransport of(ServerRequest request, ServerResponse response, StreamLife life) {
        ContentEncoder encoder =
                request.listenerContext().contentEncodingContext().encoder(request.headers());
        if (!HelidonLine.SENT_BY_COMMIT && !encoder.equals(ContentEncoder.NO_OP)) {
            throw new IllegalStateException("The content encoder that this listener has for 'Accept-Encoding: "
                    + request.headers().get(HeaderNames.ACCEPT_ENCODING).get()
                    + "' would hold events back: take the encoding off the class path or off this listener"
                    + " (content-encoding.content-encodings), or use Helidon 4.5");
        }
        return new StreamTransport(response, life);
    }

    @Override
    public int headroom() {
        return 0;
    }

    @Override
    public void send(FrameBuffer frames, boolean last) {
        try {
            OutputStream stream = Objects.requireNonNull(out);
            WriteSlices.write(frames.array(), 0, frames.length(), WriteSlices.SIZE, life, (bytes, offset, length) -> {
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
        response.headers().set(StreamHeaders.NO_ENCODER);
        try {
            out = response.outputStream();
        } finally {
            response.headers().remove(HeaderNames.CONTENT_ENCODING);
        }
    }

    @Override
    public boolean isInterruptible() {
        return false;
    }

    @Override
    public boolean watch(Runnable gone) {
        return false;
    }

    @Override
    public void cut() {
        // Not possible.
    }

    @Override
    public void release() {
        // Helidon commits an output stream by itself, and that must come last.
        life.awaitDetachedWriter(DETACHED_TIMEOUT);
    }

    @Override
    public void abandon() {
        // Nothing was taken from it.
    }
}
