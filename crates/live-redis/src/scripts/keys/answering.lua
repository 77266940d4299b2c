-- ARGV: the model and the ticket of a loan whose call has begun to answer

local model, ticket = ARGV[1], ARGV[2]
local storm = storm_of(model)
if storm and storm.ticket == ticket then
  end_storm(model)
end
return 1
