-- Who gets the right to write.
-- ARGV: attempt, last_seq, worker, takeover ('1' or '0'), lease, keep

local attempt, last_seq = tonumber(ARGV[1]), tonumber(ARGV[2])
local worker, takeover = ARGV[3], ARGV[4] == '1'
local lease, keep = tonumber(ARGV[5]), ARGV[6]

local log, time = load(), now()

local function refusal()
  if log.phase == 'held' and not takeover then
    local holder = redis.call('HMGET', KEYS[1], 'worker', 'until')
    if tonumber(holder[2]) > time then
      return { 'held', holder[1], tonumber(holder[2]) }
    end
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
local is_lost
if is_blank then
  is_lost = takeover or last_seq > 0 or log.claimed > 0
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

local given = math.max(attempt, log.next)
hold(log, given, fence, worker, time + lease)
save(log)
touch(log, keep)
local inherited = entries(log, log.reported, log.last)
return { log.canceled and 'canceled' or 'writing', given, fence, log.last + 1, inherited }
