-- Ends a job and its channel.
--
-- KEYS: 1 record of the job, 2 lease of the job, 3 large events, 4 stream of the job
-- ARGV: 1 token of this ending, 2 expiry of the record in ms, 3 and following: as for close_stream
-- Returns 1 if this ending took effect, also if an earlier attempt with this token did it. Returns 0 if the job is
-- not known, or was ended before.

local record = redis.call('GET', KEYS[1])
if not record then
  return 0
end
if string.sub(record, 1, 5) == 'ended' then
  return record == 'ended ' .. ARGV[1] and 1 or 0
end
redis.call('SET', KEYS[1], 'ended ' .. ARGV[1], 'PX', ARGV[2])
redis.call('DEL', KEYS[2])
close_stream(3)
return 1
