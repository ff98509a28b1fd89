-- Shared by the scripts that end a channel.

-- Appends the last event, if there is one, and the entry 'end'. Does nothing if the channel has ended before.
-- Arguments of the script, starting at the index `first`: expiry in ms, bytes of the last event (0 if it is larger than
-- the history), names and values of its fields. Without a last event the expiry is the only one.
local function close_stream(first)
  local previous, events, bytes, ended = last_entry_to_append_to()
  if ended then
    return
  end
  if #ARGV > first then
    local size = tonumber(ARGV[first + 1])
    events, bytes = events + 1, bytes + size
    local id = next_id(previous)
    redis.call('XADD', key, id, 'at', at(previous, events, bytes, size), 'token', '', event_fields(id, size, first + 2))
    previous = id
  end
  local id = redis.call('XADD', key, next_id(previous), 'at', at(previous, events, bytes, 0), 'end', '')
  redis.call('PEXPIRE', key, ARGV[first])
  redis.call('PUBLISH', key, id)
end
