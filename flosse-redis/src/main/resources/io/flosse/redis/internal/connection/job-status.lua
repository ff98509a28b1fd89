-- Returns the status of a job: the name of a constant of io.flosse.internal.channel.backend.JobStore.Status.
--
-- KEYS: as for claim-job.lua

local record = redis.call('GET', KEYS[1])
if not record then
  return 'UNKNOWN'
end
if string.sub(record, 1, 5) == 'ended' then
  return 'ENDED'
end
return redis.call('EXISTS', KEYS[2]) == 1 and 'RUNNING' or 'LAPSED'
