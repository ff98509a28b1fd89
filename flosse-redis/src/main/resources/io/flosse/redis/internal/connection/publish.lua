-- Appends an event to a channel and notifies the listeners.
--
-- KEYS: the large events, the stream
-- ARGV: 1 maximum number of events, 2 maximum age in ms, 3 maximum bytes, 4 expiry in ms,
--       5 bytes of the event, 0 if it is larger than the history,
--       6 token of the event, 7 milliseconds since the first attempt or 0 for the first attempt,
--       8 and following: names and values of the event's fields
-- Returns the id of the event, or nil if the channel has ended.

local size, token = tonumber(ARGV[5]), ARGV[6]
local since = tonumber(ARGV[7])

-- A repeated attempt: an earlier one may have appended the event before its answer was lost.
if since > 0 then
  local from, to = integer(math.max(0, now() - since)), '+'
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

local previous, events, bytes, ended = last_entry_to_append_to()
if ended then
  return false
end
local id = next_id(previous)
redis.call('XADD', key, 'MAXLEN', '~', ARGV[1], id,
    'at', at(previous, events + 1, bytes + size, size), 'token', token, event_fields(id, size, 8))

local oldest = now() - tonumber(ARGV[2])
if oldest > 0 then
  redis.call('XTRIM', key, 'MINID', '~', integer(oldest))
end

-- Trims by bytes only once per eighth of the maximum, because finding the first entry to keep is expensive.
local max_bytes = tonumber(ARGV[3])
local excess = bytes + size - max_bytes
if excess > 0 and math.floor(bytes * 8 / max_bytes) ~= math.floor((bytes + size) * 8 / max_bytes) then
  local found = false
  while not found do
    local entries = redis.call('XRANGE', key, '-', '+', 'COUNT', 64)
    for i, entry in ipairs(entries) do
      if not found and (i == #entries
          or tonumber(string.match(entry[2][2], '^%S+ %d+ (%d+)') or 0) > excess) then
        redis.call('XTRIM', key, 'MINID', entry[1])
        found = i < #entries or i < 64
      end
    end
  end
end

redis.call('PEXPIRE', key, ARGV[4])
redis.call('PUBLISH', key, id)
return id
