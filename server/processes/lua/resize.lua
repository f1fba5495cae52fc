-- resize: changes how many keys a process has. Safe to repeat. Keys that are leased go when their leases end.
-- KEYS
--   names             names of the tenant's processes
-- ARGV
--   prefix tenant name
--   size              how many keys
--   strict            1: changes nothing while a key that is to go is leased
-- Answers {size, space, free, leased, waiting}, {HELD, key, machine, key, machine …}; nil: there is no such process.
local process = process_at(A.name)
if not redis.call('ZSCORE', K.names, A.name) then
  return false
end
reap(process)
local old, new = size_of(process), tonumber(A.size)
if A.strict == '1' then
  local held = leased(process, new)
  if #held > 0 then
    return { 'HELD', unpack(held) }
  end
end
redis.call('HSET', process.record, 'size', A.size)
add_keys(process, old, new - 1)
for key = new, old - 1 do
  redis.call('ZREM', process.free, padded(key))
  if redis.call('HEXISTS', process.held, whole(key)) == 0 then
    redis.call('DEL', data_of(process, key))
  end
end
settle(process)
return standing(process)
