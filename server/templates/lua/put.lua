-- put: stores a version, unless the latest has the same content. Safe to repeat: the nonce tells the call that made it.
-- KEYS
--   names latest last  the tenant's templates, their latest versions, and the highest ever
--   contents          the template's versions
-- ARGV
--   prefix tenant name
--   fingerprint       of the content
--   nonce             of this call
--   expected          what the latest version must be, 0 none; '' any
--   most              most templates of the tenant
--   most_versions     most versions of a template
--   content           JSON
-- Answers {CREATED, version, made}, {SAME, version, made}, {CHANGED, latest version or 0}, {FULL, templates} or
-- {FULL, versions}.
local latest = redis.call('HGET', K.latest, A.name)
if latest then
  -- Before what was expected: who repeats a call whose answer was lost expects what was there before it.
  local known = redis.call('HGET', K.contents, latest)
  local made, nonce, fingerprint = string.match(known, '^(%d+) (%x+) (%x+) ')
  if fingerprint == A.fingerprint then
    return { nonce == A.nonce and 'CREATED' or 'SAME', latest, made }
  end
end
if A.expected ~= '' and A.expected ~= (latest or '0') then
  return { 'CHANGED', latest or '0' }
end
if not latest and redis.call('ZCARD', K.names) >= tonumber(A.most) then
  return { 'FULL', 'templates' }
end
if redis.call('HLEN', K.contents) >= tonumber(A.most_versions) then
  return { 'FULL', 'versions' }
end
local clock = redis.call('TIME')
local made = string.format('%.0f', clock[1] * 1000 + math.floor(clock[2] / 1000))
local version = redis.call('HINCRBY', K.last, A.name, 1)
redis.call('HSET', K.contents, version, table.concat({ made, A.nonce, A.fingerprint, A.content }, ' '))
redis.call('HSET', K.latest, A.name, version)
redis.call('ZADD', K.names, 0, A.name)
return { 'CREATED', tostring(version), made }
