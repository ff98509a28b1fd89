-- Ends a channel.
--
-- KEYS: the large events, the stream
-- ARGV: as for close_stream, starting at 1
-- Returns 1.

close_stream(1)
return 1
