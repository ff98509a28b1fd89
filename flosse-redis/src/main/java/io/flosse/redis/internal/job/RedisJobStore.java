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
import java.util.function.ToLongFunction;

/** The job store in Redis: a record for each job, and a lease that expires unless its server renews it. */
public final class RedisJobStore implements JobStore {

    private final RedisSettings settings;
    private final RedisStore store;
    private final Tokens tokens;
    private final Duration recordExpiry;
    private final Duration streamExpiry;
    private final ToLongFunction<Payload> size;

    /** The tokens of the jobs that this server runs, by job id. */
    private final Map<String, String> claims = new ConcurrentHashMap<>();

    /**
     * Creates a job store.
     *
     * @param recordExpiry how long the record of an ended job is kept
     * @param streamExpiry how long the stream of an ended job is kept
     * @param size returns the bytes of an event in the history of a job, as {@link StreamEntry#size} does
     */
    public RedisJobStore(
            RedisSettings settings,
            RedisStore store,
            Tokens tokens,
            Duration recordExpiry,
            Duration streamExpiry,
            ToLongFunction<Payload> size) {
        this.settings = settings;
        this.store = store;
        this.tokens = tokens;
        this.recordExpiry = recordExpiry;
        this.streamExpiry = streamExpiry;
        this.size = size;
    }

    @Override
    public boolean claim(String id) {
        String token = tokens.next();
        boolean claimed = isTrue(run("Starting job ", id, Scripts.CLAIM, leaseArguments(token)));
        if (claimed) {
            claims.put(id, token);
        }
        return claimed;
    }

    @Override
    public boolean renew(String id) {
        String token = claims.get(id);
        boolean renewed =
                token != null && isTrue(run("Renewing the lease of job ", id, Scripts.RENEW, leaseArguments(token)));
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
        arguments.addAll(StreamEntry.closingArguments(streamExpiry, last, size));
        List<byte[]> keys = new ArrayList<>(keys(id));
        keys.add(keys.size() - 1, store.largeKey(ChannelSettings.jobChannel(id)));
        try {
            return isTrue(store.run("Ending job " + id, Scripts.END_JOB, keys, arguments));
        } finally {
            claims.remove(id); // also if the answer is unknown: a lease that is not renewed expires
        }
    }

    @Override
    public Status status(String id) {
        Object answer = run("Looking up job ", id, Scripts.JOB_STATUS, List.of());
        return Status.valueOf(RedisStore.text(answer));
    }

    private static boolean isTrue(Object answer) {
        return Long.valueOf(1).equals(answer);
    }

    private Object run(String action, String id, Script script, List<byte[]> arguments) {
        return store.run(action + id, script, keys(id), arguments);
    }

    private List<byte[]> keys(String id) {
        String stream = settings.key(ChannelSettings.jobChannel(id));
        return List.of(bytes(stream + ":job"), bytes(stream + ":lease"), bytes(stream));
    }
}
