-- prelude: opens every script, before the prelude of its noun. `scripts.py` puts it after K (keys by name), A (arguments
-- by name) and REST (index of the first argument after the named ones), which it makes from each script's map.
--
-- Time is Redis TIME: `now` in milliseconds, `micros` in microseconds.

local clock = redis.call('TIME')
local now = clock[1] * 1000 + math.floor(clock[2] / 1000)
local micros = clock[1] * 1000000 + clock[2]

-- A whole number as text; Lua's own way would write 1.7e+12.
local function whole(number)
  return string.format('%.0f', number)
end

-- What this request's Idempotency-Key stood for, and whether it came with another request then; nil: nothing.
local function remembered()
  local found = A.fingerprint ~= '' and redis.call('GET', K.idempotency)
  if found then
    local id, fingerprint = string.match(found, '^(%S+) (.*)$')
    return id, fingerprint ~= A.fingerprint
  end
end

-- Keeps what this request's Idempotency-Key, if it has one, stands for.
local function remember(id)
  if A.fingerprint ~= '' then
    redis.call('SET', K.idempotency, id .. ' ' .. A.fingerprint, 'PX', A.keep_ms)
  end
end
