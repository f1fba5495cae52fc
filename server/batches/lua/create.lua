-- create: files a batch. Safe to repeat: an id that is filed already is not filed again.
-- KEYS
--   batch secrets     the record and the secret to write
--   idempotency       what this tenant's Idempotency-Key stood for, if one was given
--   by_time OPEN      ids by the time of their making
--   used              open batches by the time when they were used last
-- ARGV
--   prefix id
--   fingerprint       of the request, '' without an Idempotency-Key
--   keep_ms           how long the Idempotency-Key is kept
--   ciphertext        the secret, '' for none
--   …                 the record: field, value, field, value …
-- Answers {FILED, id}, {REPLAYED, id} or {CONFLICT}.
local id, conflicts = remembered()
-- Of a batch that was removed the key stands for nothing any more.
if id and redis.call('EXISTS', A.prefix .. 'batch:' .. id) == 1 then
  return conflicts and { 'CONFLICT' } or { id == A.id and 'FILED' or 'REPLAYED', id }
end
if redis.call('EXISTS', K.batch) == 1 then
  return { 'FILED', A.id }
end
redis.call('HSET', K.batch, 'state', 'OPEN', 'created', whole(micros), unpack(ARGV, REST))
if A.ciphertext ~= '' then
  redis.call('SET', K.secrets, A.ciphertext)
end
remember(A.id)
use('OPEN')
redis.call('ZADD', K.by_time, whole(micros), A.id)
redis.call('ZADD', K.OPEN, whole(micros), A.id)
return { 'FILED', A.id }
