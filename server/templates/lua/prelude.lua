-- prelude: opens every script of templates. `scripts.py` puts it after K (keys by name), A (arguments by name) and
-- REST. Every script takes A.prefix and A.tenant.
--
--   templates:names:<tenant>            sorted set of names, all with the score 0, so that they are read in order
--   templates:latest:<tenant>           hash: name → the latest version that there is
--   templates:last:<tenant>             hash: name → the highest version that there ever was, also of those removed
--   templates:contents:<tenant>:<name>  hash: version → '<made, ms> <nonce> <fingerprint> <content as JSON>'

local function contents_of(name)
  return A.prefix .. 'templates:contents:' .. A.tenant .. ':' .. name
end

-- The versions of a template as numbers, in order.
local function versions_of(name)
  local found = redis.call('HKEYS', contents_of(name))
  for index = 1, #found do
    found[index] = tonumber(found[index])
  end
  table.sort(found)
  return found
end

-- What a stored version begins with: when it was made, the nonce, the fingerprint.
local function opening_of(text)
  return string.match(text, '^%d+ %x+ %x+')
end
