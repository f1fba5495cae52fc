-- hold: a dispatcher says that it lives. Who comes with a slot takes the place of who had it, which is dead.
-- KEYS
--   holders slots active
-- ARGV
--   prefix holder
--   slot              '' but at the first time
--   lease_ms
-- Answers {how many dispatchers live, 1 if some died, the time, {ids of the batches that have work}}; nil: it was taken for dead.
local function is_alive(holder)
  return tonumber(redis.call('ZSCORE', K.holders, holder) or 0) > now
end

if A.slot ~= '' then
  local before = redis.call('HGET', K.slots, A.slot)
  if before and before ~= A.holder then
    redis.call('ZADD', K.holders, 0, before)
  end
  redis.call('HSET', K.slots, A.slot, A.holder)
elseif not is_alive(A.holder) then
  return false
end
redis.call('ZADD', K.holders, whole(now + A.lease_ms), A.holder)
local living = redis.call('ZCOUNT', K.holders, '(' .. whole(now), '+inf')
local dead = redis.call('ZCARD', K.holders) - living
return { living, dead > 0 and 1 or 0, whole(now), redis.call('SMEMBERS', K.active) }
