-- Who gets the right to write.
-- ARGV: attempt, last_seq, worker, message, wish, redelivered ('1' or '0'), taken over from 'nobody',
-- 'own' or 'gone', with which fence, lease, keep

local attempt, last_seq, worker = tonumber(ARGV[1]), tonumber(ARGV[2]), ARGV[3]
local message, wish, is_redelivered = ARGV[4], ARGV[5], ARGV[6] == '1'
local takeover, former = ARGV[7], tonumber(ARGV[8])
local lease, keep = tonumber(ARGV[9]), ARGV[10]

local log, time = load(), now()

local function answer(given)
  local inherited = entries(log, log.reported, log.last)
  return { log.canceled and 'canceled' or 'writing', given, log.fence, log.last + 1, inherited }
end

-- Somebody holds it: the right that was given before, if it is the same wish, or who does.
local function held()
  local holder = redis.call('HMGET', KEYS[1], 'worker', 'until', 'message', 'wish', 'goes_on')
  if holder[4] == wish then
    redis.call('HSET', KEYS[1], 'until', time + lease)
    touch(log, keep)
    return answer(log.next - 1)
  end
  local left = tonumber(holder[2]) - time
  local is_former = former == log.fence and (takeover == 'own' or takeover == 'gone' and not holder[5])
  if left <= 0 or is_former then
    return nil
  end
  local may_be_gone = not holder[5] and holder[3] == message
  return { 'held', holder[1], left, may_be_gone and log.fence or 0 }
end

local function refusal()
  if log.phase == 'held' then
    return held()
  elseif log.phase == 'parked' and attempt < log.next then
    local parked = redis.call('HMGET', KEYS[1], 'entries_after', 'note')
    return { 'parked', log.next, entries(log, tonumber(parked[1]), log.last), parked[2] }
  elseif has_ended(log) then
    local by_workers = log.last - log.base - log.terminal
    return { 'sealed', entries(log, log.base, by_workers), redis.call('HGET', KEYS[1], 'note') }
  end
end

local refused = refusal()
if refused then
  return refused
end

-- Unlike every other one of this log, even after that was lost: no two are opened in one microsecond.
local fence = math.max(time, log.fence + 1)

local is_blank = log.phase == 'blank'
-- Whoever had this job before may have begun the attempt that it asks for.
local is_begun = is_blank and is_redelivered and takeover ~= 'own'
local is_lost
if is_blank then
  is_lost = is_redelivered or last_seq > 0 or log.claimed > 0
else
  is_lost = math.max(last_seq, log.claimed) > log.last
end
if is_lost then
  -- Beyond all that may have been seen: nothing appends a million entries a second to one log.
  begin_after(log, math.max(fence, last_seq, log.claimed, log.last))
elseif is_blank then
  begin_after(log, 0)
end
log.claimed = 0

local given = math.max(is_begun and attempt + 1 or attempt, log.next)
-- Whose job was taken away goes on without it in the next attempt, too.
local goes_on = takeover == 'own' and redis.call('HGET', KEYS[1], 'goes_on')
hold(log, given, fence, worker, time + lease)
redis.call('HSET', KEYS[1], 'message', message, 'wish', wish)
if goes_on then
  redis.call('HSET', KEYS[1], 'goes_on', goes_on)
end
touch(log, keep)
return answer(given)
