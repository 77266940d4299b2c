-- ARGV: after, limit
-- Answers what is shown of the log: phase, whether nothing follows, the last number, and entries.

local log = load()
local shown = log.phase
if log.is_tombstone or shown == 'blank' then
  shown = 'missing'
elseif not has_ended(log) then
  shown = 'open'
end
return {
  shown,
  log.phase == 'concluded' and 1 or 0,
  shown ~= 'missing' and math.max(log.last, log.claimed) or 0,
  entries(log, tonumber(ARGV[1]), tonumber(ARGV[2])),
}
