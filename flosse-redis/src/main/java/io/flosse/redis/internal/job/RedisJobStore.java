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

/** The job store in Redis: a record for each job, and a lease that expires unless its server renews it. */
public final class RedisJobStore implements JobStore {

    private final RedisSettings settings;
    private final RedisStore store;
    private final Tokens tokens;
    private final Duration recordExpiry;
    private final Duration streamExpiry;

    /** The tokens of the jobs that this server runs, by job id. */
    private final Map<String, String> claims = new ConcurrentHashMap<>();

    /**
     * Creates a job store.
     *
     * @param recordExpiry how long the record of an ended job is kept
     * @param streamExpiry how long the stream of an ended job is kept
     */
    public RedisJobStore(
            RedisSettings settings, RedisStore store, Tokens tokens, Duration recordExpiry, Duration streamExpiry) {
        this.settings = settings;
        this.store = store;
        this.tokens = tokens;
        this.recordExpiry = recordExpiry;
        this.streamExpiry = streamExpiry;
    }

    @Override
    public boolean claim(String id) {
        String token = tokens.next();
        boolean claimed = isTrue("Starting job ", id, Scripts.CLAIM, leaseArguments(token));
        if (claimed) {
            claims.put(id, token);
        }
        return claimed;
    }

    @Override
    public boolean renew(String id) {
        String token = claims.get(id);
        boolean renewed =
                token != null && isTrue("Renewing the lease of job ", id, Scripts.RENEW, leaseArguments(token));
        if (!renewed && token != null) {
            claims.remove(id, token);
        }
        return renewed;
    }

    /** The record outlives the lease, so that a job whose server has died is remembered for as long as an ended job. */
    private List<byte[]> leaseArguments(String token) {
        long lease = settings.jobLease().toMillis();
        return List.of(bytes(token), bytes(lease + recordExpiry.toMillis()), bytes(lease));
    }

    @Override
    public boolean end(String id, Optional<Payload> last) {
        List<byte[]> arguments = new ArrayList<>();
        arguments.add(bytes(tokens.next()));
        arguments.add(bytes(recordExpiry.toMillis()));
        arguments.addAll(StreamEntry.closingArguments(streamExpiry, last));
        try {
            return isTrue("Ending job ", id, Scripts.END_JOB, arguments);
        } finally {
            claims.remove(id); // also if the answer is unknown: a lease that is not renewed expires
        }
    }

    @Override
    public Status status(String id) {
        Object answer = run("Looking up job ", id, Scripts.JOB_STATUS, List.of());
        return Status.valueOf(RedisStore.text(answer));
    }

    private boolean isTrue(String action, String id, Script script, List<byte[]> arguments) {
        return Long.valueOf(1).equals(run(action, id, script, arguments));
    }

    private Object run(String action, String id, Script script, List<byte[]> arguments) {
        String stream = settings.key(ChannelSettings.jobChannel(id));
        List<byte[]> keys = List.of(bytes(stream + ":job"), bytes(stream + ":lease"), bytes(stream));
        return store.run(action + id, script, keys, arguments);
    }
}
