-- ARGV: what to do ('ask', 'next' or 'found'); for 'next' how long a revoked key is left alone then; else
-- the key, and for 'found' what
-- Answers 0 if the pool is missing; for 'next' the key, or nothing.

local pool = load()
if not pool then
  return ARGV[1] ~= 'next' and 0 or nil
end
local time = now()
if ARGV[1] == 'next' then
  local name = redis.call('ZRANGEBYSCORE', beside('due'), '-inf', text(time), 'LIMIT', 0, 1)[1]
  if not name then
    return nil
  end
  local key = find_key(name)
  if key and key.revoked then
    redis.call('ZADD', beside('due'), text(time + tonumber(ARGV[2])), name)
  else
    redis.call('ZREM', beside('due'), name)
  end
  return key and key.registered and name or nil
end
local key = find_key(ARGV[2])
if not key then
  return 1
end
if ARGV[1] == 'ask' then
  redis.call('ZADD', beside('due'), text(time), key.name)
else
  key.found, key.found_at = ARGV[3], time
  if ARGV[3] == 'well' then
    key.revoked = false
    redis.call('ZREM', beside('due'), key.name)
  end
  save_key(key)
  arrange(key, pool)
end
touch()
return 1
