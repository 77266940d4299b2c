-- ARGV: key, model, ticket, tokens used ('-' for as many as estimated), verdict, for how long, how long a revoked
-- key is left alone, how long one is barred for a model, and for how many models at most
-- Answers 0 if the pool is missing.

local name, model, ticket, tokens, verdict = ARGV[1], ARGV[2], ARGV[3], ARGV[4], ARGV[5]
local length = tonumber(ARGV[6])

local pool = load()
local key = pool and find_key(name)
if not key then
  return redis.call('EXISTS', KEYS[1])
end
local time = now()
redis.call('ZREM', beside('out:' .. name), ticket)
if tokens ~= '-' then
  for _, budget in ipairs(key.budgets) do
    if budget.measure == 'tokens' and counts_for(budget, model) then
      settle(budget, ticket, tonumber(tokens))
    end
  end
end

local storm = storm_of(model)
local tried = storm and storm.ticket == ticket

-- How soon throttles of different groups belong together, and how many of them are no chance.
local STORM_WITHIN = 10 * 1000000
local FEWEST = 3

local function throttled_together()
  local throttled = beside('throttled:' .. model)
  redis.call('ZREMRANGEBYSCORE', throttled, '-inf', text(time - STORM_WITHIN))
  redis.call('ZADD', throttled, text(time), group_of(key))
  redis.call('PEXPIRE', throttled, STORM_WITHIN / 1000)
  local count = redis.call('ZCARD', throttled)
  return count >= FEWEST and count * 2 > tonumber(redis.call('HGET', KEYS[1], 'groups') or 0)
end

if verdict == 'throttled' and (throttled_together() or tried) then
  local until_ = math.max(storm and storm.until_ or 0, time + length)
  redis.call('HSET', beside('storms'), model, cjson.encode({ until_ = until_ }))
elseif tried and verdict == 'healthy' then
  end_storm(model)
elseif tried then
  redis.call('HSET', beside('storms'), model, cjson.encode({ until_ = storm.until_ }))
end

if verdict == 'healthy' or verdict == 'silent' then
  keep_alive()
  return 1
elseif verdict == 'revoked' then
  key.revoked = true
  save_key(key)
  arrange(key, pool)
  redis.call('ZADD', beside('due'), 'NX', text(time + tonumber(ARGV[7])), name)
elseif verdict == 'not_permitted' then
  local barred_for = tonumber(ARGV[8])
  redis.call('ZREMRANGEBYSCORE', bars(name), '-inf', text(time))
  redis.call('ZADD', bars(name), text(time + barred_for), model)
  redis.call('ZREMRANGEBYRANK', bars(name), 0, -1 - tonumber(ARGV[9]))
  redis.call('PEXPIRE', bars(name), barred_for / 1000)
else
  local whose = verdict ~= 'money_out' and model or nil
  local resting = rest_of(group_of(key), whose)
  local rest = time + length
  if rest > resting then
    redis.call('HSET', beside('rests'), rest_field(group_of(key), whose), text(rest) .. ' ' .. verdict)
  end
end
touch()
return 1
