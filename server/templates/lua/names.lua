-- names: reads a page of the tenant's templates, in the order of their names; writes nothing.
-- KEYS
--   names latest      the tenant's templates and their latest versions
-- ARGV
--   prefix tenant
--   limit
--   after             the last name of the page before; '' for the first page
-- Answers {1 if more follow else 0, name, latest version, its opening, name, latest version, its opening …}.
local limit = tonumber(A.limit)
local found = redis.call('ZRANGEBYLEX', K.names, '(' .. A.after, '+', 'LIMIT', 0, limit + 1)
local answer = { #found > limit and '1' or '0' }
for index = 1, math.min(limit, #found) do
  local name = found[index]
  local version = redis.call('HGET', K.latest, name)
  answer[#answer + 1] = name
  answer[#answer + 1] = version
  answer[#answer + 1] = opening_of(redis.call('HGET', contents_of(name), version))
end
return answer
