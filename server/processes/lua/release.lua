-- release: ends a lease. Safe to repeat: the nonce tells the call that ended it.
-- KEYS
--   lease             the lease
-- ARGV
--   prefix tenant
--   id                of the lease
--   outcome           completed, failed or forced
--   nonce             of this call
-- Answers the lease; nil: it is not held.
local lease = { id = A.id, key = K.lease }
local process, state = look(lease)
if state == 'held' then
  finish(process, lease, A.outcome, micros)
  redis.call('HSET', lease.key, 'nonce', A.nonce)
  settle(process)
elseif state ~= 'ended' or redis.call('HGET', lease.key, 'nonce') ~= A.nonce then
  return false
end
return shown(process, lease)
