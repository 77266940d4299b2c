-- ARGV: key, 'cooling' or 'revoked', for how long
-- Answers 0 if the pool is missing.

local key = find_key(ARGV[1])
if not key then
  return redis.call('EXISTS', KEYS[1])
end
if ARGV[2] == 'revoked' then
  key.revoked = true
else
  local cooling = now() + tonumber(ARGV[3])
  if cooling > key.cooling then
    key.cooling = cooling
  end
end
save_key(key)
touch()
return 1
