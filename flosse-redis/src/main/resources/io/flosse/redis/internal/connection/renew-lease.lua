-- Renews the lease of a job.
--
-- KEYS and ARGV: as for claim-job.lua
-- Returns 1 if the lease was renewed, 0 if the job is not running with this token.

if redis.call('GET', KEYS[1]) ~= 'running ' .. ARGV[1] then
  return 0
end
redis.call('PEXPIRE', KEYS[1], ARGV[2])
redis.call('SET', KEYS[2], ARGV[1], 'PX', ARGV[3])
redis.call('PEXPIRE', KEYS[3], ARGV[2])
return 1
