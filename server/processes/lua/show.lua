-- show: tells how a process stands.
-- KEYS
--   names             names of the tenant's processes
-- ARGV
--   prefix tenant name
-- Answers {size, space, free, leased, waiting}; nil: there is no such process.
local process = process_at(A.name)
if not redis.call('ZSCORE', K.names, A.name) then
  return false
end
reap(process)
return standing(process)
