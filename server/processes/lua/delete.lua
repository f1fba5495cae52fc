-- delete: removes a process with all that belongs to it. Safe to repeat: the nonce finds its answer.
-- KEYS
--   names             names of the tenant's processes
--   answer            what this very call answered before
-- ARGV
--   prefix tenant name
--   force             1: also while keys are leased
--   keep_ms           how long the answer is kept
-- Answers {size, space, free, leased, waiting} as it was, {HELD, key, machine, key, machine …}; nil: there is no such
-- process.
local process = process_at(A.name)
if not redis.call('ZSCORE', K.names, A.name) then
  local known = redis.call('GET', K.answer)
  return known and cjson.decode(known)
end
reap(process)
local held = leased(process, 0)
if A.force ~= '1' and #held > 0 then
  return { 'HELD', unpack(held) }
end
local answer = standing(process)
for _, id in ipairs(redis.call('HVALS', process.held)) do
  local lease = lease_at(id)
  redis.call('HSET', lease.key, 'state', 'ended', 'outcome', 'forced', 'ended', whole(micros), 'completed', '')
  redis.call('PEXPIRE', lease.key, ENDED_KEPT_MS)
end
-- Who waits is told that there is nothing to wait for.
for _, id in ipairs(redis.call('LRANGE', process.line, 0, -1)) do
  redis.call('DEL', lease_at(id).key)
  wake(id)
end
for key = 0, answer[2] - 1 do
  redis.call('DEL', data_of(process, key))
end
redis.call('DEL', process.record, process.free, process.held, process.expiry, process.line, process.history)
redis.call('ZREM', K.names, A.name)
redis.call('SET', K.answer, cjson.encode(answer), 'PX', A.keep_ms)
return answer
