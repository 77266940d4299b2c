-- ARGV: created and last loan (name, turn) as the caller knows them, then names not wanted
-- Answers { 'lent', created, name, turn }, { 'limited' or 'cooling', created, wait }, { 'unusable' } or
-- { 'missing' }.

local created, last_name, last_turn = tonumber(ARGV[1]), ARGV[2], tonumber(ARGV[3])

local pool = load()
if not pool then
  return { 'missing' }
end
local time = now()
compare(pool, created, last_name, last_turn, time)

local excluded = {}
for i = 4, #ARGV do
  excluded[ARGV[i]] = true
end

-- From when one more request keeps within the key's budget.
local function limited_until(key)
  if not key.budget then
    return 0
  end
  redis.call('ZREMRANGEBYSCORE', loans(key.name), '-inf', time - COUNTS)
  local surplus = redis.call('ZCARD', loans(key.name)) - key.budget
  if surplus < 0 then
    return pool.careful
  end
  -- Waiting until this one no longer counts leaves one less than the budget.
  local in_the_way = redis.call('ZRANGE', loans(key.name), surplus, surplus, 'WITHSCORES')
  return math.max(in_the_way[2] + COUNTS, pool.careful)
end

local usable = {}
for _, key in ipairs(pool.keys) do
  local barred = excluded[key.name] or not key.registered or key.disabled or key.revoked
  if not barred and key.budget ~= 0 then
    usable[#usable + 1] = key
  end
end
if #usable == 0 then
  return { 'unusable' }
end
-- The least recently lent first, and of those never lent the first one registered.
table.sort(usable, function(a, b)
  return a.turn < b.turn or (a.turn == b.turn and a.position < b.position)
end)

local soonest, why
for _, key in ipairs(usable) do
  local limited = limited_until(key)
  local from = math.max(key.cooling, limited)
  if from <= time then
    key.turn = math.max(time, pool.turn + 1)
    redis.call('ZADD', loans(key.name), time, string.format('%.0f', key.turn))
    redis.call('PEXPIRE', loans(key.name), COUNTS / 1000 + 1000)
    redis.call('HSET', KEYS[1], 'turn', key.turn)
    save_key(key)
    touch()
    return { 'lent', pool.created, key.name, key.turn }
  end
  if not soonest or from < soonest then
    soonest, why = from, limited >= key.cooling and 'limited' or 'cooling'
  end
end
return { why, pool.created, soonest - time }
