package io.flosse.redis.internal.connection;

/**
 * What happens in Redis in one step. A channel is one stream, and all there is to know of it is in its last entry: each
 * entry's first field, {@code at}, has the id of the entry before it, how many events and bytes there were up to and with it,
 * and how many bytes it has itself. Who has read one entry so knows of the next whether it follows.
 */
public final class Scripts {

    /** The end of a stream, which is the last key; a stream that is not there begins with an entry that says so. */
    private static final String LAST = """
            local key = KEYS[#KEYS]
            local function whole(number)
              return string.format('%.0f', number)
            end
            local function at(before, count, bytes, size)
              return before .. ' ' .. whole(count) .. ' ' .. whole(bytes) .. ' ' .. whole(size)
            end
            local function now()
              local time = redis.call('TIME')
              return tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
            end
            -- Numbers within a millisecond begin elsewhere for each channel, so that an id is of one channel alone.
            local function after(id)
              local millis, number = string.match(id, '^(%d+)-(%d+)$')
              local time = now()
              if time > tonumber(millis) then
                return whole(time) .. '-' .. whole(tonumber(string.sub(redis.sha1hex(key), 1, 8), 16))
              end
              return millis .. '-' .. whole(tonumber(number) + 1)
            end
            local function last()
              local entry = redis.call('XREVRANGE', key, '+', '-', 'COUNT', 1)[1]
              if not entry then
                return redis.call('XADD', key, after('0-0'), 'at', at('0-0', 0, 0, 0), 'begin', ''), 0, 0, false
              end
              local count, bytes = string.match(entry[2][2], '^%S+ (%d+) (%d+) %d+$')
              -- What others have written there counts for nothing.
              return entry[1], tonumber(count or 0), tonumber(bytes or 0), entry[2][3] == 'end'
            end
            """;

    /**
     * Appends an event. Arguments: most events, oldest age, most bytes, expiry; the event's size and token, how many
     * milliseconds ago it may have been appended before, 0 if it was not; its fields. Gives its id, or nothing if the channel
     * has ended.
     */
    public static final Script PUBLISH = new Script(LAST + """
            local size, token = tonumber(ARGV[5]), ARGV[6]
            local since = tonumber(ARGV[7])
            if since > 0 then
              local from, to = whole(math.max(0, now() - since)), '+'
              repeat
                local entries = redis.call('XREVRANGE', key, to, from, 'COUNT', 256)
                for _, entry in ipairs(entries) do
                  if entry[2][3] == 'token' and entry[2][4] == token then
                    return entry[1]
                  end
                  to = '(' .. entry[1]
                end
              until #entries < 256
            end
            local before, count, bytes, ended = last()
            if ended then
              return false
            end
            local id = redis.call('XADD', key, 'MAXLEN', '~', ARGV[1], after(before),
                'at', at(before, count + 1, bytes + size, size), 'token', token, unpack(ARGV, 8))
            local oldest = now() - tonumber(ARGV[2])
            if oldest > 0 then
              redis.call('XTRIM', key, 'MINID', '~', whole(oldest))
            end
            -- What is too much in bytes goes by eighths of them, so that a publish seldom looks for it.
            local most = tonumber(ARGV[3])
            local excess = bytes + size - most
            if excess > 0 and math.floor(bytes * 8 / most) ~= math.floor((bytes + size) * 8 / most) then
              local found = false
              while not found do
                local entries = redis.call('XRANGE', key, '-', '+', 'COUNT', 64)
                for i, entry in ipairs(entries) do
                  if not found and (i == #entries
                      or tonumber(string.match(entry[2][2], '^%S+ %d+ (%d+)')) > excess) then
                    redis.call('XTRIM', key, 'MINID', entry[1])
                    found = i < #entries or i < 64
                  end
                end
              end
            end
            redis.call('PEXPIRE', key, ARGV[4])
            redis.call('PUBLISH', key, id)
            return id
            """);

    /**
     * Looks at the end of a channel that somebody subscribes to, and keeps it from expiring. Arguments: oldest age, expiry.
     * Gives the last entry's id, count and bytes, whether it is the end, and the time.
     */
    public static final Script OPEN = new Script(LAST + """
            local id, count, bytes, ended = last()
            local time = now()
            if not ended then
              local oldest = math.min(time - tonumber(ARGV[1]), tonumber(string.match(id, '^%d+')))
              if oldest > 0 then
                redis.call('XTRIM', key, 'MINID', '~', whole(oldest))
              end
              redis.call('PEXPIRE', key, ARGV[2])
            end
            return {id, whole(count), whole(bytes), ended and 1 or 0, whole(time)}
            """);

    /** Ends a stream. Arguments from a number on: expiry; if there is a last event, its size and its fields. */
    private static final String CLOSE = LAST + """
            local function close(from)
              local before, count, bytes, ended = last()
              if ended then
                return
              end
              if #ARGV > from then
                local size = tonumber(ARGV[from + 1])
                count, bytes = count + 1, bytes + size
                before = redis.call('XADD', key, after(before),
                    'at', at(before, count, bytes, size), 'token', '', unpack(ARGV, from + 2))
              end
              local id = redis.call('XADD', key, after(before), 'at', at(before, count, bytes, 0), 'end', '')
              redis.call('PEXPIRE', key, ARGV[from])
              redis.call('PUBLISH', key, id)
            end
            """;

    /** Ends a channel. Arguments: expiry; if there is a last event, its size and its fields. */
    public static final Script END = new Script(CLOSE + """
            close(1)
            return 1
            """);

    /** Takes a job. Keys: record, lease, stream. Arguments: token, expiry, lease. A stream from before is another job's. */
    public static final Script CLAIM = new Script("""
            local record = redis.call('GET', KEYS[1])
            if record then
              return record == 'running ' .. ARGV[1] and 1 or 0
            end
            redis.call('DEL', KEYS[3])
            redis.call('SET', KEYS[1], 'running ' .. ARGV[1], 'PX', ARGV[2])
            redis.call('SET', KEYS[2], ARGV[1], 'PX', ARGV[3])
            return 1
            """);

    /** Prolongs a lease. Keys and arguments as for claiming. */
    public static final Script RENEW = new Script("""
            if redis.call('GET', KEYS[1]) ~= 'running ' .. ARGV[1] then
              return 0
            end
            redis.call('PEXPIRE', KEYS[1], ARGV[2])
            redis.call('SET', KEYS[2], ARGV[1], 'PX', ARGV[3])
            redis.call('PEXPIRE', KEYS[3], ARGV[2])
            return 1
            """);

    /**
     * Ends a job and its channel. Keys as for claiming. Arguments: the token of this ending, expiry of the record; as for
     * ending a channel.
     */
    public static final Script END_JOB = new Script(CLOSE + """
            local record = redis.call('GET', KEYS[1])
            if not record then
              return 0
            end
            if string.sub(record, 1, 5) == 'ended' then
              return record == 'ended ' .. ARGV[1] and 1 or 0
            end
            redis.call('SET', KEYS[1], 'ended ' .. ARGV[1], 'PX', ARGV[2])
            redis.call('DEL', KEYS[2])
            close(3)
            return 1
            """);

    /** What is known of a job, by the names of {@link io.flosse.internal.channel.backend.JobStore.Status}. Keys as for claiming. */
    public static final Script JOB_STATUS = new Script("""
            local record = redis.call('GET', KEYS[1])
            if not record then
              return 'UNKNOWN'
            end
            if string.sub(record, 1, 5) == 'ended' then
              return 'ENDED'
            end
            return redis.call('EXISTS', KEYS[2]) == 1 and 'RUNNING' or 'LAPSED'
            """);

    private Scripts() {}
}
