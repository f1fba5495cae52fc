-- names: reads a page of the tenant's processes, in the order of their names; writes nothing.
-- KEYS
--   names             names of the tenant's processes
-- ARGV
--   prefix tenant
--   limit
--   after             the last name of the page before; '' for the first page
-- Answers {1 if more follow else 0, name, size, name, size …}.
local limit = tonumber(A.limit)
local from = A.after == '' and '-' or ('(' .. A.after)
local found = redis.call('ZRANGEBYLEX', K.names, from, '+', 'LIMIT', 0, limit + 1)
local answer = { #found > limit and 1 or 0 }
for index = 1, math.min(limit, #found) do
  answer[#answer + 1] = found[index]
  answer[#answer + 1] = size_of(process_at(found[index]))
end
return answer
