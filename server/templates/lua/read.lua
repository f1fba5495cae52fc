-- read: reads a version of a template; writes nothing.
-- KEYS
--   latest            the tenant's templates and their latest versions
--   contents          the template's versions
-- ARGV
--   prefix tenant name
--   version           '' for the latest
-- Answers {version, stored text}; {latest version, ''} where there is no such version; nil: there is no such template.
local latest = redis.call('HGET', K.latest, A.name)
if not latest then
  return false
end
local version = A.version == '' and latest or A.version
local found = redis.call('HGET', K.contents, version)
return found and { version, found } or { latest, '' }
