-- ARGV: created and last loan (name, turn) as the caller knows them, the wish, for how many milliseconds
-- its loan is remembered, the model, the tokens, the lease, how long it may take to begin to answer, then
-- names not wanted
-- Answers { 'lent', created, name, turn, whether to give it back, whether others wait for it },
-- { 'limited', 'cooling' or 'busy', created, wait }, { 'unusable' }, { 'not_permitted' } or { 'missing' }.

local created, last_name, last_turn = tonumber(ARGV[1]), ARGV[2], tonumber(ARGV[3])
local wish, kept = beside('wish:' .. ARGV[4]), ARGV[5]
local model, tokens = ARGV[6], tonumber(ARGV[7])
local lease, first_token = tonumber(ARGV[8]), tonumber(ARGV[9])
local NAMES_AT = 10

local pool = load()
if not pool then
  return { 'missing' }
end
local time = now()
compare(pool, created, last_name, last_turn, time)

-- The request of a loan counts from now on, as its call is made now; also one that counted before.
local function count(key, turn)
  -- Where nothing limits its requests nobody has looked at them before.
  redis.call('ZREMRANGEBYSCORE', loans(key.name), '-inf', text(time - COUNTS))
  redis.call('ZADD', loans(key.name), text(time), turn)
  redis.call('PEXPIRE', loans(key.name), COUNTS / 1000 + 1000)
  for _, budget in ipairs(key.budgets) do
    if counts_for(budget, model) then
      take(budget, turn, taken_by(budget, tokens), time)
    end
  end
end

-- From now on its call may be under way for as long as the lease.
local function begin(key, turn)
  local out, keep_out = beside('out:' .. key.name), lease / 1000 + 1000
  redis.call('ZADD', out, text(time + lease), turn)
  -- Other calls may take longer.
  if redis.call('PTTL', out) < keep_out then
    redis.call('PEXPIRE', out, keep_out)
  end
end

-- Told again by somebody who had no answer.
local granted = redis.call('GET', wish)
if granted then
  redis.call('PEXPIRE', wish, kept)
  local turn, settles, tries, name = string.match(granted, '^(%d+) (%d) (%d) (.+)$')
  local key = find_key(name)
  if key then
    count(key, turn)
    -- One given back is not under way again.
    if redis.call('ZSCORE', beside('out:' .. name), turn) then
      begin(key, turn)
    end
  end
  return { 'lent', pool.created, name, turn, tonumber(settles), tonumber(tries) }
end

local excluded = {}
for i = NAMES_AT, #ARGV do
  excluded[ARGV[i]] = true
end

-- What makes everybody wait: most keys were throttled for this model, and nobody knows yet whether that
-- is over.
local storm = storm_of(model)
if storm then
  local wait = storm.until_ > time and storm.until_ - time or storm.trial and storm.trial > time and SOON
  if wait then
    return { 'cooling', pool.created, wait }
  end
end

-- Those whose time has come stand where the last loan was.
local is_rearranged = false
for _, name in ipairs(redis.call('ZRANGEBYSCORE', beside('later'), '-inf', text(time))) do
  redis.call('ZREM', beside('later'), name)
  redis.call('ZADD', beside('order'), text(pool.place), name)
  is_rearranged = true
end

-- A set that was empty is a new one, which nothing keeps yet.
local function keep()
  if is_rearranged then
    touch()
  else
    keep_alive()
  end
end

-- From when one more request keeps within the key's requests of the minute.
local function requests_held(key)
  if not key.rpm then
    return 0
  end
  redis.call('ZREMRANGEBYSCORE', loans(key.name), '-inf', text(time - COUNTS))
  local surplus = redis.call('ZCARD', loans(key.name)) - key.rpm
  if surplus < 0 then
    return pool.careful
  end
  -- Waiting until this one no longer counts leaves one less than the limit.
  local in_the_way = redis.call('ZRANGE', loans(key.name), surplus, surplus, 'WITHSCORES')
  return math.max(in_the_way[2] + COUNTS, pool.careful)
end

-- The later of two holds.
local function longer(from, why, other, other_why)
  if other > from then
    return other, other_why
  end
  return from, why
end

-- What holds a key for every model: from when it is free, why not before, and from when it would be free for
-- a request that takes nothing of its budgets.
local function held_whole(key)
  local from, why = longer(0, nil, key.off or 0, 'cooling')
  from, why = longer(from, why, rest_of(group_of(key)), 'cooling')
  from, why = longer(from, why, requests_held(key), 'limited')
  local for_any = from
  for _, budget in ipairs(key.budgets) do
    if budget.model == nil then
      local amount = taken_by(budget, tokens)
      from, why = longer(from, why, budget_held(budget, amount, pool.careful, time), 'limited')
    end
  end
  return from, why, for_any
end

-- The same of what holds it for this model, and of calls under way.
local function held_here(key)
  local from, why = longer(0, nil, rest_of(group_of(key), model), 'cooling')
  for _, budget in ipairs(key.budgets) do
    if budget.model == model then
      local amount = taken_by(budget, tokens)
      from, why = longer(from, why, budget_held(budget, amount, pool.careful, time), 'limited')
    end
  end
  if key.concurrency then
    local out = beside('out:' .. key.name)
    redis.call('ZREMRANGEBYSCORE', out, '-inf', text(time))
    if redis.call('ZCARD', out) >= key.concurrency then
      from, why = longer(from, why, time + SOON, 'busy')
    end
  end
  return from, why
end

-- Those whose turn came before that of the key lent, and which this wish could not have.
local passed_over = {}

-- Their turn counts as taken: they do not catch up when they can be lent again, and are not in the way of every
-- wish until then.
local function move_back()
  for _, passed in ipairs(passed_over) do
    local place = math.max(passed.place, pool.place) + math.floor(STRIDE / passed.weight)
    redis.call('ZADD', beside('order'), text(place), passed.name)
  end
end

local function lend(key, place)
  local ticket = math.max(time, pool.turn + 1)
  local turn = text(ticket)
  count(key, turn)
  redis.call('ZADD', beside('order'), text(place + math.floor(STRIDE / key.weight)), key.name)
  redis.call('HSET', KEYS[1], 'turn', turn, 'place', text(place))
  move_back()
  local settles = key.concurrency and 1 or 0
  if key.concurrency then
    begin(key, turn)
  end
  for _, budget in ipairs(key.budgets) do
    settles = counts_for(budget, model) and budget.measure == 'tokens' and 1 or settles
  end
  local tries = storm and 1 or 0
  if storm then
    storm.trial, storm.ticket = time + first_token, turn
    redis.call('HSET', beside('storms'), model, cjson.encode(storm))
    settles = 1
  end
  redis.call('SET', wish, table.concat({ turn, settles, tries, key.name }, ' '), 'PX', kept)
  keep()
  return { 'lent', pool.created, key.name, turn, settles, tries }
end

local soonest, reason
local function note(from, why)
  if not soonest or from < soonest then
    soonest, reason = from, why
  end
end

-- A few at a time: usually the first one will do.
local AT_ONCE = 16
local skip = 0
while true do
  local flat = redis.call('ZRANGE', beside('order'), skip, skip + AT_ONCE - 1, 'WITHSCORES')
  if #flat == 0 then
    break
  end
  for i = 1, #flat, 2 do
    local name, place = flat[i], tonumber(flat[i + 1])
    skip = skip + 1
    local key = not excluded[name] and find_key(name)
    local off_until
    if key and is_permitted(name, model, time) then
      local from, why, for_any = held_whole(key)
      -- A budget's wait depends on how much is asked for: only what holds for any request moves a key
      -- out of everybody's way.
      off_until = for_any > time and for_any
      if from <= time then
        from, why = held_here(key)
      end
      if from <= time then
        return lend(key, place)
      end
      note(from, why)
    end
    if off_until then
      redis.call('ZREM', beside('order'), name)
      redis.call('ZADD', beside('later'), text(off_until), name)
      is_rearranged = true
      skip = skip - 1
    elseif key then
      passed_over[#passed_over + 1] = { name = name, place = place, weight = key.weight }
    end
  end
end

-- Of those put off, the first that is wanted.
local put_off = redis.call('ZRANGE', beside('later'), 0, -1, 'WITHSCORES')
for i = 1, #put_off, 2 do
  if soonest and tonumber(put_off[i + 1]) >= soonest then
    break
  end
  local key = not excluded[put_off[i]] and find_key(put_off[i])
  if key and is_permitted(put_off[i], model, time) then
    local from, why = held_whole(key)
    local here, why_here = held_here(key)
    note(longer(from, why, here, why_here))
  end
end
-- Whether no key that is well may be used for the model, and there are such keys.
local function is_forbidden()
  local well = false
  for _, key in ipairs(all_keys()) do
    if not is_out(key) then
      if is_permitted(key.name, model, time) then
        return false
      end
      well = true
    end
  end
  return well
end

keep()
if not soonest then
  return { is_forbidden() and 'not_permitted' or 'unusable' }
end
return { reason, pool.created, math.max(soonest - time, 1) }
