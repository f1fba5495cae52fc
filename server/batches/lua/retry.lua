-- retry: begins to put the failed inputs of a batch back; until `requeue` has put back the last of them the batch does
-- not end. Safe to repeat: what was begun with a nonce is not begun again with it. One that comes while another is
-- under way becomes part of it.
-- KEYS
--   batch active ended callbacks
--   COMPLETE DONE
-- ARGV
--   prefix id
--   nonce             of the caller
-- Answers how many inputs are put back; nil: no such batch; -1: it is cancelled.
local found = redis.call('HMGET', K.batch, 'state', 'failed', 'sequence', 'retry_nonces', 'retry_count', 'retry_before')
if not found[1] then
  return false
end
if found[1] == 'CANCELLED' then
  return -1
end
local nonces = found[4] or ''
if string.find(nonces, A.nonce, 1, true) then
  return tonumber(found[5])
end
if found[6] then
  redis.call('HSET', K.batch, 'retry_nonces', nonces .. ' ' .. A.nonce)
  return tonumber(found[5])
end
local count = tonumber(found[2] or 0)
if count == 0 then
  return 0
end
redis.call('HSET', K.batch, 'retry_nonces', A.nonce, 'retry_count', count,
  'retry_before', whole(found[3] + 1), 'retry_until', whole(now + RETRY_LEASE_MS))
if found[1] == 'DONE' then
  redis.call('HDEL', K.batch, 'finished_at')
  redis.call('ZREM', K.ended, A.id)
  -- The callback of that end may be under way; what it gives is not this end's.
  redis.call('ZREM', K.callbacks, A.id)
  redis.call('HINCRBY', K.batch, 'undone', 1)
  redis.call('HDEL', K.batch, 'callback_attempts')
  if redis.call('HGET', K.batch, 'callback') then
    redis.call('HSET', K.batch, 'callback', '')
  end
  move('DONE', 'COMPLETE')
end
activate()
tell(true)
return count
