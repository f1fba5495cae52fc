-- versions: reads a page of a template's versions, the latest first; writes nothing.
-- KEYS
--   contents          the template's versions
-- ARGV
--   prefix tenant name
--   limit
--   before            the last version of the page before; '' for the first page
-- Answers {1 if more follow else 0, version, its opening, version, its opening …}; nil: there is no such template.
local found = versions_of(A.name)
if #found == 0 then
  return false
end
local limit = tonumber(A.limit)
local answer = { '0' }
for index = #found, 1, -1 do
  if A.before == '' or found[index] < tonumber(A.before) then
    if #answer > limit * 2 then
      answer[1] = '1'
      break
    end
    answer[#answer + 1] = tostring(found[index])
    answer[#answer + 1] = opening_of(redis.call('HGET', K.contents, found[index]))
  end
end
return answer
