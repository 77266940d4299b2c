-- ARGV: the channel, what to tell there

return redis.call('PUBLISH', ARGV[1], ARGV[2])
