-- create: makes a process. Safe to repeat: the nonce tells its own process from another's.
-- KEYS
--   names             names of the tenant's processes
--   idempotency       what this tenant's Idempotency-Key stood for, if one was given
-- ARGV
--   prefix tenant name
--   size              how many keys
--   nonce             of this call
--   fingerprint       of the request, '' without an Idempotency-Key
--   keep_ms           how long the Idempotency-Key is kept
-- Answers CREATED, REPLAYED, CONFLICT or EXISTS.
local nonce, conflicts = remembered()
if nonce then
  return conflicts and 'CONFLICT' or (nonce == A.nonce and 'CREATED' or 'REPLAYED')
end
local process = process_at(A.name)
if exists(process) then
  return redis.call('HGET', process.record, 'nonce') == A.nonce and 'CREATED' or 'EXISTS'
end
redis.call('HSET', process.record, 'size', A.size, 'made', whole(micros), 'nonce', A.nonce)
redis.call('ZADD', K.names, 0, A.name)
add_keys(process, 0, A.size - 1)
remember(A.nonce)
return 'CREATED'
