-- KEYS: how many answers single workers are to stream at once
-- ARGV: the worker, how many or '-' for what is wanted of the pool, for how many milliseconds that is kept

if ARGV[2] == '-' then
  redis.call('HDEL', KEYS[1], ARGV[1])
else
  redis.call('HSET', KEYS[1], ARGV[1], ARGV[2])
end
redis.call('PEXPIRE', KEYS[1], ARGV[3])
