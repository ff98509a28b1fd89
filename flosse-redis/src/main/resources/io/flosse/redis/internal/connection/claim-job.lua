-- Claims a job for a server.
--
-- KEYS: 1 record of the job, 2 lease of the job, 3 stream of the job
-- ARGV: 1 token of the claim, 2 expiry of the record in ms, 3 duration of the lease in ms
-- Returns 1 if the job is claimed with this token, 0 if another claim is still remembered.

local record = redis.call('GET', KEYS[1])
if record then
  return record == 'running ' .. ARGV[1] and 1 or 0
end
-- Without a record, an existing stream belongs to an earlier job with this id.
redis.call('DEL', KEYS[3])
redis.call('SET', KEYS[1], 'running ' .. ARGV[1], 'PX', ARGV[2])
redis.call('SET', KEYS[2], ARGV[1], 'PX', ARGV[3])
return 1
