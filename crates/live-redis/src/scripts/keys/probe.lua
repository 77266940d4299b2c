-- ARGV: what to do ('ask', 'next' or 'found'); for 'next' how long to wait for what is found, and the keys that
-- the caller has; else the key, and for 'found' what, and how long a revoked key is left alone then
-- Answers 0 if the pool is missing; for 'next' the key, or nothing.

local pool = load()
if not pool then
  return ARGV[1] ~= 'next' and 0 or nil
end
local time = now()
if ARGV[1] == 'next' then
  local own = {}
  for i = 3, #ARGV do
    own[ARGV[i]] = true
  end
  for _, name in ipairs(redis.call('ZRANGEBYSCORE', beside('due'), '-inf', text(time))) do
    local key = own[name] and find_key(name)
    if key and key.registered then
      -- Whoever looks may be gone before it tells what it found: then somebody else looks.
      redis.call('ZADD', beside('due'), text(time + tonumber(ARGV[2])), name)
      return name
    end
  end
  return nil
end
local key = find_key(ARGV[2])
if not key then
  return 1
end
if ARGV[1] == 'ask' then
  redis.call('ZADD', beside('due'), text(time), key.name)
else
  key.found, key.found_at = ARGV[3], time
  key.revoked = key.revoked and ARGV[3] ~= 'well'
  if key.revoked then
    redis.call('ZADD', beside('due'), text(time + tonumber(ARGV[4])), key.name)
  else
    redis.call('ZREM', beside('due'), key.name)
  end
  save_key(key)
  arrange(key, pool)
end
touch()
return 1
