-- Shared by all scripts that read or append to a stream. The stream is the last key. Scripts that append have the key of
-- its large events before it.
--
-- The first field of each entry is 'at'. Its value has four parts, separated by spaces: the id of the previous
-- entry, the number of events and of bytes up to and including this entry, and the bytes of this entry itself.

local key = KEYS[#KEYS]

-- Formats a number as an integer. Lua would format large numbers with an exponent.
local function integer(number)
  return string.format('%.0f', number)
end

-- Returns the value of the field 'at'.
local function at(previous, events, bytes, size)
  return previous .. ' ' .. integer(events) .. ' ' .. integer(bytes) .. ' ' .. integer(size)
end

-- Returns the clock of Redis, in milliseconds since the epoch.
local function now()
  local time = redis.call('TIME')
  return tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
end

-- Returns the id that follows an id. In a new millisecond the sequence number starts at a hash of the key,
-- so that two channels do not produce the same id.
local function next_id(id)
  local millis, number = string.match(id, '^(%d+)-(%d+)$')
  local time = now()
  if time > tonumber(millis) then
    return integer(time) .. '-' .. integer(tonumber(string.sub(redis.sha1hex(key), 1, 8), 16))
  end
  return millis .. '-' .. integer(tonumber(number) + 1)
end

-- Returns the id of the last entry, the number of events and of bytes so far, and whether the channel has ended.
-- Changes nothing. The id is 0-0 if the stream does not exist.
local function last_entry()
  local entry = redis.call('XREVRANGE', key, '+', '-', 'COUNT', 1)[1]
  if not entry then
    return '0-0', 0, 0, false
  end
  local events, bytes = string.match(entry[2][2], '^%S+ (%d+) (%d+) %d+$')
  if not events or #events > 15 or #bytes > 15 then
    -- Not written by flosse: it has no counters, and ends nothing.
    return entry[1], 0, 0, false
  end
  return entry[1], tonumber(events), tonumber(bytes), entry[2][3] == 'end'
end

-- Returns the same for a script that appends to the stream. If the stream does not exist, creates it with an entry
-- 'begin'.
local function last_entry_to_append_to()
  local id, events, bytes, ended = last_entry()
  if id == '0-0' then
    id = redis.call('XADD', key, next_id(id), 'at', at(id, 0, 0, 0), 'begin', '')
  end
  return id, events, bytes, ended
end

-- Returns the fields of an event's entry. They are the arguments of the script from the index `first` on, of which the
-- second is the data.
--
-- An event with a size of 0 is larger than the history. Its entry has the field 'large' instead and counts no bytes, so
-- it removes no other event. Its fields are in the stream of large events, from which servers deliver it to their
-- subscribers, for a minute: the latest 8, or more if they are small.
local function event_fields(id, size, first)
  if size > 0 then
    return unpack(ARGV, first)
  end
  local large = KEYS[#KEYS - 1]
  local max = math.max(8, math.min(1000, math.floor(1048576 / (#ARGV[first + 1] + 1))))
  local added = redis.pcall('XADD', large, 'MAXLEN', integer(max), id, unpack(ARGV, first))
  if type(added) == 'table' and added.err then
    -- Left over from an earlier stream of this name, whose ids were higher.
    redis.call('DEL', large)
    redis.call('XADD', large, id, unpack(ARGV, first))
  end
  redis.call('PEXPIRE', large, 60000)
  return 'large', ''
end
