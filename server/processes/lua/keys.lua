-- keys: reads all keys of a process, in order.
-- KEYS
--   names             names of the tenant's processes
-- ARGV
--   prefix tenant name
-- Answers {{key, external id or '', machine or false, started or false, completed or false} …}; nil: there is no such
-- process.
local process = process_at(A.name)
if not redis.call('ZSCORE', K.names, A.name) then
  return false
end
reap(process)
local holders = {}
local flat = redis.call('HGETALL', process.held)
for index = 1, #flat, 2 do
  holders[flat[index]] = flat[index + 1]
end
local size = size_of(process)
local answer = {}
for key = 0, standing(process)[2] - 1 do
  local name = whole(key)
  if key < size or holders[name] then
    local found = redis.call('HMGET', data_of(process, key), 'machine', 'started', 'completed')
    answer[#answer + 1] = { name, holders[name] or '', found[1], found[2], found[3] }
  end
end
return answer
