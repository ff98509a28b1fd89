-- Reads the end of a channel for a subscriber, and prevents the channel from expiring. Creates nothing: clients may
-- subscribe to any number of names that do not exist.
--
-- KEYS: the stream
-- ARGV: 1 maximum age in ms, 2 expiry in ms
-- Returns the id of the last entry (0-0 if the stream does not exist), the number of events and of bytes so far, 1 if the channel has ended or else 0,
-- and the clock of Redis in milliseconds since the epoch.

local id, events, bytes, ended = last_entry()
local time = now()
if id ~= '0-0' and not ended then
  -- The last entry is kept whatever its age is: its counters are needed.
  local oldest = math.min(time - tonumber(ARGV[1]), tonumber(string.match(id, '^%d+')))
  if oldest > 0 then
    redis.call('XTRIM', key, 'MINID', '~', integer(oldest))
  end
  redis.call('PEXPIRE', key, ARGV[2])
end
return {id, integer(events), integer(bytes), ended and 1 or 0, integer(time)}
