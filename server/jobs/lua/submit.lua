-- submit: files a job. Safe to repeat: an id that is filed already is not filed again.
-- KEYS
--   job secrets       the record and the credentials to write
--   idempotency       what this tenant's Idempotency-Key stood for, if one was given
--   by_time QUEUED    ids by submission time
--   queue             the list of the job's priority
--   wake              the doorbell
-- ARGV
--   prefix id
--   capacity          most jobs QUEUED at once
--   fingerprint       of the request, '' without an Idempotency-Key
--   keep_ms           how long the Idempotency-Key is kept
--   ciphertext        credentials, '' for none
--   …                 the record: field, value, field, value …
-- Answers {FILED, id}, {REPLAYED, id}, {CONFLICT} or {FULL}.
local id, conflicts = remembered()
if id then
  return conflicts and { 'CONFLICT' } or { id == A.id and 'FILED' or 'REPLAYED', id }
end
if redis.call('EXISTS', K.job) == 1 then
  return { 'FILED', A.id }
end
if redis.call('ZCARD', K.QUEUED) >= tonumber(A.capacity) then
  return { 'FULL' }
end

redis.call('HSET', K.job, 'state', 'QUEUED', 'submitted', whole(micros), unpack(ARGV, REST))
if A.ciphertext ~= '' then
  redis.call('SET', K.secrets, A.ciphertext)
end
remember(A.id)
redis.call('ZADD', K.by_time, whole(micros), A.id)
redis.call('ZADD', K.QUEUED, whole(micros), A.id)
redis.call('RPUSH', K.queue, A.id)
ring()
announce({ id = A.id })
return { 'FILED', A.id }
