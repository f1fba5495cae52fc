-- page: reads versions of all templates with what they hold, by name and version; writes nothing.
-- KEYS
--   names             the tenant's templates
-- ARGV
--   prefix tenant
--   name version      the last of the page before; '' and 0 for the first page
--   limit             most versions
--   bytes             a page ends once it holds so much
-- Answers {1 if more follow else 0, name, version, stored text, name, version, stored text …}.
local NAMES_AT_ONCE = 100
local limit, left = tonumber(A.limit), tonumber(A.bytes)
local answer = { '0' }

-- Adds the versions of a template above one; whether there was room for all.
local function add(name, above)
  for _, version in ipairs(versions_of(name)) do
    if version > above then
      if #answer > limit * 3 or left <= 0 then
        return false
      end
      local text = redis.call('HGET', contents_of(name), version)
      left = left - #text
      answer[#answer + 1] = name
      answer[#answer + 1] = tostring(version)
      answer[#answer + 1] = text
    end
  end
  return true
end

local from = A.name == '' and '-' or ('[' .. A.name)
while true do
  local names = redis.call('ZRANGEBYLEX', K.names, from, '+', 'LIMIT', 0, NAMES_AT_ONCE)
  for _, name in ipairs(names) do
    if not add(name, name == A.name and tonumber(A.version) or 0) then
      answer[1] = '1'
      return answer
    end
  end
  if #names < NAMES_AT_ONCE then
    return answer
  end
  from = '(' .. names[#names]
end
