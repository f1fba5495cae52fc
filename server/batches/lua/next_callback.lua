-- next_callback: leases the next callback that is due. Safe to repeat: a lease that was lost runs out.
-- KEYS
--   callbacks
-- ARGV
--   prefix
--   lease_ms
-- Answers {id, attempts before, how many ends of the batch were undone}; {'', ms until the next is due}; nil: there is none.
local first = redis.call('ZRANGE', K.callbacks, 0, 0, 'WITHSCORES')
if not first[1] then
  return false
end
if tonumber(first[2]) > now then
  return { '', math.ceil(first[2] - now) }
end
redis.call('ZADD', K.callbacks, whole(now + A.lease_ms), first[1])
local batch = A.prefix .. 'batch:' .. first[1]
return {
  first[1],
  redis.call('HINCRBY', batch, 'callback_attempts', 1) - 1,
  tonumber(redis.call('HGET', batch, 'undone') or 0),
}
