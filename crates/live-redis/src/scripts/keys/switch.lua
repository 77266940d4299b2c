-- ARGV: key, 'on', 'off' or for how long it is off, the number of the change
-- Answers 0 if the pool is missing.

local pool = load()
local key = pool and find_key(ARGV[1])
if not key then
  return redis.call('EXISTS', KEYS[1])
end
if tonumber(key.change or 0) >= tonumber(ARGV[3]) then
  return 1
end
-- Kept as text: numbers in JSON have too few digits.
key.change = ARGV[3]
if ARGV[2] == 'on' then
  key.off, key.revoked = nil, false
  redis.call('DEL', bars(key.name))
  redis.call('ZREM', beside('due'), key.name)
  redis.call('DEL', beside('storms'))
  local group = group_of(key)
  for _, field in ipairs(redis.call('HKEYS', beside('rests'))) do
    if cjson.decode(field)[1] == group then
      redis.call('HDEL', beside('rests'), field)
    end
  end
  -- The others of its group may be lent again too.
  for _, name in ipairs(redis.call('ZRANGE', beside('later'), 0, -1)) do
    local other = find_key(name)
    if other and group_of(other) == group then
      arrange(other, pool)
    end
  end
else
  key.off = ARGV[2] == 'off' and NEVER or now() + tonumber(ARGV[2])
end
save_key(key)
arrange(key, pool)
touch()
return 1
