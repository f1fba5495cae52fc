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
if A.fingerprint ~= '' then
  local known = redis.call('GET', K.idempotency)
  if known then
    local nonce, fingerprint = string.match(known, '^(%S+) (.*)$')
    if fingerprint ~= A.fingerprint then
      return 'CONFLICT'
    end
    return nonce == A.nonce and 'CREATED' or 'REPLAYED'
  end
end
local process = process_at(A.name)
if exists(process) then
  return redis.call('HGET', process.record, 'nonce') == A.nonce and 'CREATED' or 'EXISTS'
end
redis.call('HSET', process.record, 'size', A.size, 'made', whole(now), 'nonce', A.nonce)
redis.call('ZADD', K.names, 0, A.name)
add_keys(process, 0, A.size - 1)
if A.fingerprint ~= '' then
  redis.call('SET', K.idempotency, A.nonce .. ' ' .. A.fingerprint, 'PX', A.keep_ms)
end
return 'CREATED'
