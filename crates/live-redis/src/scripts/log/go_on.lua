-- A writer that lost its job and goes on. ARGV: fence

local held = redis.call('HMGET', KEYS[1], 'worker', 'fence')
if held[1] and held[2] == ARGV[1] then
  redis.call('HSET', KEYS[1], 'goes_on', '1')
end
return 0
