package io.flosse.redis.internal.job;

import static io.flosse.redis.internal.connection.RedisStore.bytes;

import io.flosse.internal.channel.backend.ChannelSettings;
import io.flosse.internal.channel.backend.JobStore;
import io.flosse.internal.channel.backend.Payload;
import io.flosse.redis.internal.channel.StreamEntry;
import io.flosse.redis.internal.connection.RedisSettings;
import io.flosse.redis.internal.connection.RedisStore;
import io.flosse.redis.internal.connection.Script;
import io.flosse.redis.internal.connection.Scripts;
import io.flosse.redis.internal.connection.Tokens;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/** Who runs which job: a record that says so, and beside it a lease that lapses unless it is prolonged. */
public final class RedisJobStore implements JobStore {

    private final RedisSettings settings;
    private final RedisStore store;
    private final Tokens tokens;
    private final Duration kept;
    private final Duration streamKept;

    /** Those that this machine runs, by id. */
    private final Map<String, String> claims = new ConcurrentHashMap<>();

    /**
     * A ledger in Redis.
     *
     * @param kept for how long it remembers an ended job
     * @param streamKept for how long Redis keeps the stream of one
     */
    public RedisJobStore(RedisSettings settings, RedisStore store, Tokens tokens, Duration kept, Duration streamKept) {
        this.settings = settings;
        this.store = store;
        this.tokens = tokens;
        this.kept = kept;
        this.streamKept = streamKept;
    }

    @Override
    public boolean claim(String id) {
        String token = tokens.next();
        boolean claimed = is("Starting the job ", id, Scripts.CLAIM, lease(token));
        if (claimed) {
            claims.put(id, token);
        }
        return claimed;
    }

    @Override
    public boolean renew(String id) {
        String token = claims.get(id);
        boolean mine = token != null && is("Prolonging the job ", id, Scripts.RENEW, lease(token));
        if (!mine && token != null) {
            claims.remove(id, token);
        }
        return mine;
    }

    /** A job whose machine has died is known for as long as an ended one. */
    private List<byte[]> lease(String token) {
        long lease = settings.jobLease().toMillis();
        return List.of(bytes(token), bytes(lease + kept.toMillis()), bytes(lease));
    }

    @Override
    public boolean end(String id, Optional<Payload> last) {
        List<byte[]> arguments = new ArrayList<>();
        arguments.add(bytes(tokens.next()));
        arguments.add(bytes(kept.toMillis()));
        arguments.addAll(StreamEntry.ending(streamKept, last));
        try {
            return is("Ending the job ", id, Scripts.END_JOB, arguments);
        } finally {
            claims.remove(id); // also where the answer is not known: a lease that is not prolonged lapses
        }
    }

    @Override
    public Status status(String id) {
        Object answer = run("Looking up the job ", id, Scripts.JOB_STATUS, List.of());
        return Status.valueOf(RedisStore.text(answer));
    }

    private boolean is(String what, String id, Script script, List<byte[]> arguments) {
        return Long.valueOf(1).equals(run(what, id, script, arguments));
    }

    private Object run(String what, String id, Script script, List<byte[]> arguments) {
        String stream = settings.key(ChannelSettings.jobChannel(id));
        return store.run(
                what + id, script, List.of(bytes(stream + ":job"), bytes(stream + ":lease"), bytes(stream)), arguments);
    }
}
