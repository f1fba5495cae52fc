-- turn: takes in what a dispatcher's calls gave, and gives it the next inputs to call.
-- Safe to repeat: a result is taken from who holds its input, once; inputs given by an answer that was lost show as
-- held beyond `held`, and `returned` takes them back.
-- KEYS
--   batch inputs waiting delayed attempts flying holding outputs
--   holders active ended callbacks used
--   COMPLETE DONE
-- ARGV
--   prefix id holder
--   held              how many inputs the dispatcher knows to hold, without those reported here
--   most              most inputs to give
--   ahead             most when some may be held ready: to be called when a call ends, so that none waits for us;
--                     -1: none may
--   …                 results: key, kind, text, milliseconds, key …; kind is one of
--                       output, refused (the webhook lives, and failed this input): text is the output
--                       failed (it failed, and so did the attempts before): text is the output
--                       again (it failed), later (it asks for time): to be called again after the milliseconds
-- Answers {state, ms after which to ask again (0: when something happens), outputs that are not on the disk, their
-- bytes, 1 if more are held than the dispatcher knows of, 1 if some may be held ready, 1 if a retry is this dispatcher's
-- to go on with, key, attempt, value, key, …}; nil: no such batch; 0: the dispatcher was taken for dead.
local LONGEST_COOLDOWN_MS = 60000
local BURST_MS = 50
local LONGEST_WAIT_MS = 3600000
local GIVEN_UP_AT_ONCE = 500
local READY = 16
-- Dispatchers look at a batch more often than so; a longer gap is time in which none lived, or nothing was to be called.
local LOOKED_AT_WITHIN_MS = 10000

local batch = redis.call('HMGET', K.batch, 'state', 'concurrency', 'rate', 'ramp_ms', 'first_at', 'next_at', 'bad',
  'suspended_until', 'cooldown_ms', 'broken_at', 'breaker_failures', 'breaker_cooldown_ms', 'give_up_ms', 'maxsize',
  'full', 'looked_at', 'retry_until')
local state = batch[1]
if not state then
  return false
end
local alive = tonumber(redis.call('ZSCORE', K.holders, A.holder) or 0) > now
local concurrency = tonumber(batch[2])
local bad, suspended, cooldown = tonumber(batch[7] or 0), tonumber(batch[8] or 0), tonumber(batch[9] or 0)
local broken_at = tonumber(batch[10])
local health = ''

local function take_in(key, kind, text, milliseconds)
  if redis.call('HGET', K.flying, key) ~= A.holder then
    return
  end
  redis.call('HDEL', K.flying, key)
  redis.call('HINCRBY', K.holding, A.holder, -1)
  if kind == 'again' or kind == 'later' then
    redis.call('HINCRBY', K.attempts, key, 1)
    redis.call('ZADD', K.delayed, whole(now + milliseconds), key)
  else
    keep(key, text, kind ~= 'output')
  end
  if kind == 'again' or kind == 'failed' then
    bad = bad + 1
    broken_at = broken_at or now
    health = 'bad'
  elseif kind ~= 'later' then
    bad, suspended, cooldown, broken_at = 0, 0, 0, nil
    health = 'good'
  end
end

-- The time until the webhook is given up runs only while it is called.
local gap = broken_at and now - tonumber(batch[16] or broken_at) or 0
if alive and gap > LOOKED_AT_WITHIN_MS then
  broken_at = broken_at + gap
  redis.call('HSET', K.batch, 'broken_at', whole(broken_at))
end

for index = REST, #ARGV, 4 do
  take_in(ARGV[index], ARGV[index + 1], ARGV[index + 2], tonumber(ARGV[index + 3]))
end
if health == 'bad' and bad >= tonumber(batch[11]) and now >= suspended then
  cooldown = math.min(cooldown == 0 and tonumber(batch[12]) or cooldown * 2, LONGEST_COOLDOWN_MS)
  suspended = now + cooldown
end
if health ~= '' and not (health == 'good' and (batch[7] or '0') == '0' and not batch[10]) then
  redis.call('HSET', K.batch, 'bad', bad, 'suspended_until', whole(suspended), 'cooldown_ms', whole(cooldown))
  if broken_at then
    redis.call('HSET', K.batch, 'broken_at', whole(broken_at))
  else
    redis.call('HDEL', K.batch, 'broken_at', 'looked_at')
  end
end

if alive and broken_at and redis.call('HLEN', K.inputs) > 0 then
  redis.call('HSET', K.batch, 'looked_at', whole(now))
end

-- The webhook gave nothing but failures for too long: what waits fails, too, so that the batch ends.
local function give_up()
  local seconds = whole((now - broken_at) / 1000)
  local message = 'given up: all calls to the webhook failed for ' .. seconds .. ' seconds'
  for _ = 1, GIVEN_UP_AT_ONCE do
    local key = redis.call('LPOP', K.waiting)
    if not key then
      local first = redis.call('ZPOPMIN', K.delayed)
      key = first[1]
    end
    if not key then
      redis.call('HDEL', K.batch, 'bad', 'suspended_until', 'cooldown_ms', 'broken_at', 'looked_at')
      return false
    end
    keep(key, '{"key":' .. cjson.encode(key) .. ',"error":{"statusCode":null,"message":"' .. message
      .. '","body":null}}', true)
  end
  return true
end

-- Inputs may be held ready, as many as may be in flight, or some, by one who holds all there are: who holds them makes no more
-- calls at once than `concurrency`. Others get some only when fewer than that are held.
local function is_alone_and_calm()
  return tonumber(A.ahead) >= 0 and not batch[3] and not batch[4] and suspended == 0 and bad * 2 < tonumber(batch[11])
    and tonumber(redis.call('HGET', K.holding, A.holder) or 0) == redis.call('HLEN', K.flying)
end

local wait = 0

local function sooner(milliseconds)
  wait = wait == 0 and milliseconds or math.min(wait, milliseconds)
end

-- How many inputs may be called now.
local function allowed(ahead)
  local flying = redis.call('HLEN', K.flying)
  if ahead then
    return math.max(0, math.min(concurrency + math.max(concurrency, READY) - flying, tonumber(A.ahead), redis.call('LLEN', K.waiting)))
  end
  local limit = concurrency
  local ramp = tonumber(batch[4] or 0)
  if ramp > 0 then
    local begun = tonumber(batch[5] or now)
    local part = math.min(1, (now - begun) / ramp)
    limit = math.max(1, math.ceil(concurrency * part))
    if part < 1 then
      sooner(math.max(10, math.floor(ramp / concurrency)))
    end
    if not batch[5] then
      redis.call('HSET', K.batch, 'first_at', whole(now))
    end
  end
  if suspended > 0 then
    limit = 1 -- one call tries it
    if now < suspended then
      sooner(suspended - now)
      return 0
    end
  end
  local count = math.min(limit - flying, tonumber(A.most), redis.call('LLEN', K.waiting))
  local rate = tonumber(batch[3] or 0)
  if count > 0 and rate > 0 then
    local interval = 1000 / rate
    local next_at = math.max(tonumber(batch[6] or 0), now - BURST_MS)
    count = math.min(count, math.max(0, math.floor((now - next_at) / interval) + 1))
    if next_at > now then
      count = 0
    end
    next_at = next_at + count * interval
    redis.call('HSET', K.batch, 'next_at', string.format('%.3f', next_at))
    if redis.call('LLEN', K.waiting) > count then
      sooner(math.max(1, math.ceil(next_at - now)))
    end
  end
  return math.max(0, count)
end

local answer = { state, 0, 0, 0, 0, 0, 0 }
if (state == 'OPEN' or state == 'COMPLETE') and alive then
  local more = broken_at and suspended > 0 and now - broken_at >= tonumber(batch[13]) and give_up()
  if more then
    sooner(1)
  else
    local due = redis.call('ZRANGEBYSCORE', K.delayed, '-inf', whole(now), 'LIMIT', 0, 1000)
    for index = #due, 1, -1 do
      redis.call('ZREM', K.delayed, due[index])
      redis.call('LPUSH', K.waiting, due[index])
    end
    local ahead = is_alone_and_calm()
    local count = allowed(ahead)
    for _ = 1, count do
      local key = redis.call('LPOP', K.waiting)
      redis.call('HSET', K.flying, key, A.holder)
      answer[#answer + 1] = key
      answer[#answer + 1] = (redis.call('HGET', K.attempts, key) or 0) + 1
      answer[#answer + 1] = redis.call('HGET', K.inputs, key)
    end
    if count > 0 then
      redis.call('HINCRBY', K.holding, A.holder, count)
    end
    local first = redis.call('ZRANGE', K.delayed, 0, 0, 'WITHSCORES')
    if first[2] then
      sooner(math.max(1, math.ceil(first[2] - now)))
    end
    local known = tonumber(A.held) + count
    answer[6] = ahead and 1 or 0
    answer[5] = tonumber(redis.call('HGET', K.holding, A.holder) or 0) > known and 1 or 0
  end
end

-- Whoever put back failed inputs has died, or went away.
if alive and batch[17] and now > tonumber(batch[17]) then
  redis.call('HSET', K.batch, 'retry_until', whole(now + RETRY_LEASE_MS))
  answer[7] = 1
end

if #ARGV >= REST or #answer > 7 then
  use(state)
end
finish_if_done()
local after = redis.call('HMGET', K.batch, 'state', 'unmoved_bytes', 'held_bytes')
answer[1] = after[1]
answer[2] = math.ceil(math.min(wait, LONGEST_WAIT_MS)) -- a very low rate's would be no integer
answer[3] = redis.call('HLEN', K.outputs)
answer[4] = tonumber(after[2] or 0)
-- Whoever waits for room is woken when a good part of it is there, not for each input.
if batch[15] and waiting() <= tonumber(batch[14]) * 0.9 and tonumber(after[3] or 0) <= tonumber(batch[15]) * 0.75 then
  redis.call('HDEL', K.batch, 'full')
  tell(true)
elseif #ARGV >= REST then
  tell(false)
end
return alive and answer or 0
