-- history: reads the leases of a process that ended, the last first.
-- KEYS
--   names             names of the tenant's processes
-- ARGV
--   prefix tenant name
--   limit
--   before            the number of the last lease of the page before; '' for the first page
-- Answers {number of the last lease read, 1 if more are kept else 0, lease as JSON …}; nil: there is no such process.
local process = process_at(A.name)
if not redis.call('ZSCORE', K.names, A.name) then
  return false
end
reap(process)
local ended = tonumber(redis.call('HGET', process.record, 'ended') or 0)
local gone = ended - redis.call('LLEN', process.history)
local last = math.min(ended, A.before == '' and ended or (A.before - 1))
local first = math.max(gone + 1, last - A.limit + 1)
local answer = { whole(first), first > gone + 1 and 1 or 0 }
if last < first then
  return { '0', 0 }
end
local found = redis.call('LRANGE', process.history, first - gone - 1, last - gone - 1)
for index = #found, 1, -1 do
  answer[#answer + 1] = found[index]
end
return answer
