-- delete: removes a version, or all of a template. Safe to repeat: the nonce in the name of `answer` finds its answer.
-- What is the highest version ever stays known, so that no name is given to two contents.
-- KEYS
--   names latest      the tenant's templates and their latest versions
--   contents          the template's versions
--   answer            what this very call answered before
-- ARGV
--   prefix tenant name
--   version           '' for all
--   keep_ms           how long the answer is kept
-- Answers {version …}, those that are gone; nil: there is none such.
local known = redis.call('GET', K.answer)
if known then
  return cjson.decode(known)
end
local gone = {}
if A.version == '' then
  for _, version in ipairs(versions_of(A.name)) do
    gone[#gone + 1] = tostring(version)
  end
  redis.call('DEL', K.contents)
elseif redis.call('HDEL', K.contents, A.version) == 1 then
  gone = { A.version }
end
if #gone == 0 then
  return false
end
local left = versions_of(A.name)
if #left == 0 then
  redis.call('HDEL', K.latest, A.name)
  redis.call('ZREM', K.names, A.name)
else
  redis.call('HSET', K.latest, A.name, left[#left])
end
redis.call('SET', K.answer, cjson.encode(gone), 'PX', A.keep_ms)
return gone
