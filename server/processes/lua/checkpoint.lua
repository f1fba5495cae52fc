-- checkpoint: keeps what the next holder of a key is to know. Safe to repeat.
-- KEYS
--   lease             the lease
-- ARGV
--   prefix tenant
--   id                of the lease
--   checkpoint        JSON; '' for none
-- Answers the lease; nil: it is not held.
local lease = { id = A.id, key = K.lease }
local process, state = look(lease)
if state ~= 'held' then
  return false
end
local data = data_of(process, redis.call('HGET', lease.key, 'key'))
if A.checkpoint == '' then
  redis.call('HDEL', data, 'checkpoint')
else
  redis.call('HSET', data, 'checkpoint', A.checkpoint)
end
return shown(process, lease)
