-- ARGV: first_seq, keep, channel, events
-- Answers 1 if the terminal events are in now, 0 if they had been before.

local first_seq, keep, channel = tonumber(ARGV[1]), ARGV[2], ARGV[3]
local EVENTS = 4

local log = load()
if log.phase == 'concluded' then
  return 0
end
if log.phase == 'blank' then
  begin_after(log, first_seq - 1)
end
local before = math.max(first_seq - 1, log.claimed)
if before > log.last then
  -- Entries are missing in between that nobody can bring any more.
  begin_after(log, before)
end
add(log, EVENTS, keep)
log.terminal = #ARGV - EVENTS + 1
-- Only a worker that sealed leaves a note for whoever comes after.
if log.phase ~= 'sealed' then
  redis.call('HDEL', KEYS[1], 'note')
end
redis.call('HDEL', KEYS[1], 'entries_after')
let_go()
if log.is_tombstone then
  -- There are entries again: they stay until their expiry is asked for.
  redis.call('HDEL', KEYS[1], 'expiring')
  log.expiring = nil
end
log.phase = 'concluded'
save(log)
touch(log, keep)
tell(channel, 'end', log.last - log.terminal + 1, EVENTS)
return 1
