-- renew: makes a lease last anew from now. Safe to repeat.
-- KEYS
--   lease             the lease
-- ARGV
--   prefix tenant
--   id                of the lease
--   length            microseconds; '' as long as it was
-- Answers the lease; nil: it is not held.
local lease = { id = A.id, key = K.lease }
local process, state = look(lease)
if state ~= 'held' then
  return false
end
if A.length ~= '' then
  redis.call('HSET', lease.key, 'length', A.length)
end
local found = redis.call('HMGET', lease.key, 'key', 'length')
if found[2] ~= '0' then
  redis.call('ZADD', process.expiry, whole(micros + found[2]), found[1])
end
return shown(process, lease)
