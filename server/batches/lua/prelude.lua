-- prelude: opens every script of batches, after the prelude that all nouns share. Times are `now`, in milliseconds.
-- A batch's hash holds, beside what its maker asked for: the counts `inputs`,
-- `outputs`, `failed`, `sequence` (of outputs), the bytes `held_bytes` (of inputs that have no output) and
-- `unmoved_bytes` (of outputs that are not on the disk yet), `moves`, which rises when outputs leave Redis,
-- `full` (someone waits for room: the most bytes that inputs may have), and `undone`, which rises when a retry undoes
-- its end. While a retry is under way: `retry_before` (it puts back what failed with smaller numbers) and `retry_until`
-- (then it is a dispatcher's to go on with); `retry_count` (of inputs) and `retry_nonces` (of its callers) stay after it.

local TOLD_EVERY_MS = 200
-- A retry is taken for dead after so long without a word.
local RETRY_LEASE_MS = 15000
-- The time when a batch was used last is exact to so much.
local USED_EVERY_MS = 60000

-- Wakes whoever waits for this batch to change; of many changes in a short time, the first.
local function tell(must)
  if must or now - (redis.call('HGET', K.batch, 'told_at') or 0) >= TOLD_EVERY_MS then
    redis.call('HSET', K.batch, 'told_at', whole(now))
    redis.call('PUBLISH', A.prefix .. 'batches:changed', A.id)
  end
end

-- An open batch is in use: it gets inputs, is called or read.
local function use(state)
  if state == 'OPEN' and now - (redis.call('ZSCORE', K.used, A.id) or 0) >= USED_EVERY_MS then
    redis.call('ZADD', K.used, whole(now), A.id)
  end
end

-- Dispatchers look after the batches of the set `active`.
local function activate()
  if redis.call('SADD', K.active, A.id) == 1 then
    redis.call('PUBLISH', A.prefix .. 'batches:changed', 'active')
  end
end

local function move(from, to)
  redis.call('HSET', K.batch, 'state', to)
  redis.call('ZREM', K[from], A.id)
  redis.call('ZADD', K[to], redis.call('HGET', K.batch, 'created'), A.id)
  tell(true)
end

-- COMPLETE → DONE, once every input has its output and none is to be called once more.
local function finish_if_done()
  local found = redis.call('HMGET', K.batch, 'state', 'inputs', 'outputs', 'callback', 'retry_before')
  if found[1] == 'COMPLETE' and (found[2] or '0') == (found[3] or '0') and not found[5] then
    redis.call('HSET', K.batch, 'finished_at', whole(now))
    redis.call('ZADD', K.ended, now, A.id)
    redis.call('SREM', K.active, A.id)
    if found[4] then
      redis.call('HSET', K.batch, 'callback', 'waiting')
      redis.call('ZADD', K.callbacks, now, A.id)
      redis.call('PUBLISH', A.prefix .. 'batches:changed', 'active')
    end
    move('COMPLETE', 'DONE')
  end
end

-- Inputs that wait for a call; what dispatchers hold beyond `concurrency` is held ready, and waits, too.
local function waiting()
  local ready = redis.call('HLEN', K.flying) - redis.call('HGET', K.batch, 'concurrency')
  return redis.call('LLEN', K.waiting) + redis.call('ZCARD', K.delayed) + math.max(0, ready)
end

-- Keeps the output of an input that waited or was in flight. An output is kept as
-- '<sequence> <digest of the input> <1: it failed>\n<output>\n<the input, if it failed>'; JSON here has no line ends.
local function keep(key, output, failed)
  local value = redis.call('HGET', K.inputs, key)
  redis.call('HDEL', K.inputs, key)
  redis.call('HDEL', K.attempts, key)
  local sequence = redis.call('HINCRBY', K.batch, 'sequence', 1)
  local kept = whole(sequence) .. ' ' .. redis.sha1hex(value) .. ' ' .. (failed and 1 or 0) .. '\n' .. output .. '\n'
    .. (failed and value or '')
  redis.call('HSET', K.outputs, key, kept)
  redis.call('HINCRBY', K.batch, 'outputs', 1)
  if failed then
    redis.call('HINCRBY', K.batch, 'failed', 1)
  end
  redis.call('HINCRBY', K.batch, 'held_bytes', -#key - #value)
  redis.call('HINCRBY', K.batch, 'unmoved_bytes', #key + #kept)
end
