-- KEYS: the hash of what workers said, the set of drained workers, the concurrency of single ones
-- ARGV: worker and pool, what it says, the worker, for how many milliseconds that holds, for how many the hash
--   and what is wished of the worker are kept
-- Answers 1 if the worker is drained, and its concurrency, if one is wanted.

local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
redis.call('HSET', KEYS[1], ARGV[1], string.format('%d %s', now + ARGV[4], ARGV[2]))
redis.call('PEXPIRE', KEYS[1], ARGV[5])
local drained = redis.call('SISMEMBER', KEYS[2], ARGV[3])
local concurrency = redis.call('HGET', KEYS[3], ARGV[3])
-- What is wished of a worker holds as long as it reports.
if drained == 1 then
  redis.call('PEXPIRE', KEYS[2], ARGV[5])
end
if concurrency then
  redis.call('PEXPIRE', KEYS[3], ARGV[5])
end
return { drained, concurrency }
