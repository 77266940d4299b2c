-- ARGV: for how many milliseconds the entries are kept, and for how many the end

local entries_for, end_for = tonumber(ARGV[1]), tonumber(ARGV[2])

local log = load()
if log.phase == 'blank' then
  return
end
local state_for = has_ended(log) and math.max(entries_for, end_for) or entries_for
-- What is a tombstone already stays one.
local gone_at = log.is_tombstone and now() or now() + entries_for * 1000
redis.call('HSET', KEYS[1], 'expiring', gone_at)
redis.call('PEXPIRE', KEYS[2], entries_for)
redis.call('PEXPIRE', KEYS[1], state_for)
