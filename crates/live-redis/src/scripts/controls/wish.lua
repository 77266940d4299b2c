-- Answers the wish, or nothing.

return redis.call('GET', KEYS[1])
