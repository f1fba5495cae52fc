-- prelude: opens every script of processes, after the prelude that all nouns share. Every script takes A.prefix and
-- A.tenant; all times are `micros`, in microseconds.
--
-- The keys of a process, each `processes:<kind>:<tenant>:<name>`:
--   record      hash: size, made, nonce of its making, ended (how many leases have)
--   free        sorted set: key → its place, which is when it was completed, 0 if never
--   held        hash: key → external id of its lease
--   expiry      sorted set: key → end of its lease, where that has one
--   key:<key>   hash: machine and started of the latest lease, completed, checkpoint, interrupted
--   line        list: tickets of those who wait, the first to be served first
--   history     list: the last leases that ended, as JSON
-- and `processes:lease:<tenant>:<external id>`, hash: a lease, or a ticket in the line.
-- A lease goes waiting → offered → held → ended, or is held from the start.

-- Who waits shows within so long that it still does; a key offered to it is kept for it as long.
local TICKET_US = 5000000
-- An ended lease is kept for whoever repeats the call that ended it.
local ENDED_KEPT_MS = 120000
local HISTORY_KEPT = 1000

-- A key as a member of `free`: equal places stand in the order of bytes.
local function padded(key)
  return string.format('%07d', tonumber(key))
end

local function process_at(name)
  local process = { name = name }
  for _, kind in ipairs({ 'record', 'free', 'held', 'expiry', 'key', 'line', 'history' }) do
    process[kind] = A.prefix .. 'processes:' .. kind .. ':' .. A.tenant .. ':' .. name
  end
  return process
end

local function lease_at(id)
  return { id = id, key = A.prefix .. 'processes:lease:' .. A.tenant .. ':' .. id }
end

local function data_of(process, key)
  return process.key .. ':' .. whole(key)
end

local function size_of(process)
  return tonumber(redis.call('HGET', process.record, 'size'))
end

-- Whether the process is there.
local function exists(process)
  return redis.call('EXISTS', process.record) == 1
end

-- Wakes the request that waits with this ticket.
local function wake(id)
  redis.call('PUBLISH', A.prefix .. 'changed', id)
end

-- Gives the free key that stands first to a lease whose record holds its machine; there must be one.
local function give(process, lease, state)
  local first = redis.call('ZPOPMIN', process.free)
  local key = whole(first[1])
  local fence = redis.call('INCR', A.prefix .. 'processes:fence:' .. A.tenant)
  redis.call('HSET', lease.key, 'state', state, 'key', key, 'place', first[2], 'fence', fence,
    'size', whole(size_of(process)), 'started', whole(micros))
  redis.call('PERSIST', lease.key)
  redis.call('HSET', process.held, key, lease.id)
  return key
end

-- → held: from here on the key is its holder's, until released or until the lease ends.
local function hold(process, lease)
  local found = redis.call('HMGET', lease.key, 'key', 'machine', 'length')
  redis.call('HSET', lease.key, 'state', 'held', 'started', whole(micros))
  redis.call('HSET', data_of(process, found[1]), 'machine', found[2], 'started', whole(micros))
  if found[3] == '0' then
    redis.call('ZREM', process.expiry, found[1])
  else
    redis.call('ZADD', process.expiry, whole(micros + found[3]), found[1])
  end
end

-- Makes a key free again; one that the process has no more is forgotten.
local function put_back(process, key, place)
  redis.call('HDEL', process.held, key)
  redis.call('ZREM', process.expiry, key)
  if tonumber(key) < size_of(process) then
    redis.call('ZADD', process.free, place, padded(key))
  else
    redis.call('DEL', data_of(process, key))
  end
end

-- The lease was never told to anyone: as if it had not been.
local function take_back(process, lease)
  local found = redis.call('HMGET', lease.key, 'key', 'place')
  put_back(process, found[1], found[2])
  redis.call('DEL', lease.key)
end

-- The place of a key whose lease ended. By completion, as a rule. A key that failed goes behind all others, and so
-- does one whose lease expired or was ended by force twice without a completion between: it shall not hold them up.
local function place_after(data, how)
  if how == 'completed' then
    redis.call('HDEL', data, 'interrupted')
    return whole(micros)
  end
  if how == 'failed' or redis.call('HINCRBY', data, 'interrupted', 1) > 1 then
    return whole(micros)
  end
  return redis.call('HGET', data, 'completed') or '0'
end

-- held → ended: completed, failed, expired or forced, at a time.
local function finish(process, lease, how, at)
  local found = redis.call('HMGET', lease.key, 'key', 'machine', 'fence', 'started')
  local data = data_of(process, found[1])
  if how == 'completed' then
    redis.call('HSET', data, 'completed', whole(at))
  end
  redis.call('HSET', lease.key, 'state', 'ended', 'outcome', how, 'ended', whole(at),
    'completed', redis.call('HGET', data, 'completed') or '')
  redis.call('PEXPIRE', lease.key, ENDED_KEPT_MS)
  put_back(process, found[1], place_after(data, how))
  redis.call('HINCRBY', process.record, 'ended', 1)
  local kept = redis.call('RPUSH', process.history, cjson.encode({ external_id = lease.id, key = found[1],
    machine = found[2], fence = found[3], started = found[4], ended = whole(at), outcome = how }))
  if kept > HISTORY_KEPT then
    redis.call('LTRIM', process.history, -HISTORY_KEPT, -1)
  end
end

-- Offers free keys to those who wait, in the order of their coming; tickets of the dead are gone by themselves.
-- After this no key is free while anyone waits, so that no newcomer can overtake.
local function settle(process)
  local first = redis.call('LINDEX', process.line, 0)
  while first do
    local lease = lease_at(first)
    local waits = redis.call('HGET', lease.key, 'state') == 'waiting'
    if waits and redis.call('ZCARD', process.free) == 0 then
      return
    end
    redis.call('LPOP', process.line)
    if waits then
      local key = give(process, lease, 'offered')
      redis.call('ZADD', process.expiry, whole(micros + TICKET_US), key)
      wake(lease.id)
    end
    first = redis.call('LINDEX', process.line, 0)
  end
end

-- Ends leases and offers whose time has come. Every script begins with this: no sweep is needed.
local function reap(process)
  local due = redis.call('ZRANGEBYSCORE', process.expiry, '-inf', whole(micros), 'WITHSCORES')
  for index = 1, #due, 2 do
    local lease = lease_at(redis.call('HGET', process.held, due[index]))
    if redis.call('HGET', lease.key, 'state') == 'offered' then
      take_back(process, lease)
    else
      finish(process, lease, 'expired', due[index + 1])
    end
  end
  settle(process)
end

-- The process of a lease, once what is due is done, and the lease's state; nil: there is no such lease.
local function look(lease)
  local name = redis.call('HGET', lease.key, 'process')
  if name then
    local process = process_at(name)
    if exists(process) then
      reap(process)
    end
    return process, redis.call('HGET', lease.key, 'state')
  end
end

-- A lease as scripts answer it: field, value, field, value …
local function shown(process, lease)
  local answer = redis.call('HGETALL', lease.key)
  local found = redis.call('HMGET', lease.key, 'state', 'key')
  local function add(name, value)
    answer[#answer + 1] = name
    answer[#answer + 1] = value or ''
  end
  add('external_id', lease.id)
  if found[1] ~= 'ended' then
    local data = redis.call('HMGET', data_of(process, found[2]), 'completed', 'checkpoint')
    add('completed', data[1])
    add('checkpoint', data[2])
    add('expires', redis.call('ZSCORE', process.expiry, found[2]))
  end
  return answer
end

-- A process as scripts answer it: size, one above the highest key that there is, keys free, leased, who waits.
local function standing(process)
  local size = size_of(process)
  local space = size
  for _, key in ipairs(redis.call('HKEYS', process.held)) do
    space = math.max(space, key + 1)
  end
  return { size, space, redis.call('ZCARD', process.free), redis.call('HLEN', process.held),
    redis.call('LLEN', process.line) }
end

-- Adds keys to those that are free, never completed.
local function add_keys(process, from, to)
  for key = from, to do
    if redis.call('HEXISTS', process.held, whole(key)) == 0 then
      redis.call('ZADD', process.free, 0, padded(key))
    end
  end
end

-- Keys from a number on that are leased, in order, with who holds them: key, machine, key, machine …; at most 100.
local function leased(process, from)
  local keys = {}
  for _, key in ipairs(redis.call('HKEYS', process.held)) do
    if tonumber(key) >= from then
      keys[#keys + 1] = tonumber(key)
    end
  end
  table.sort(keys)
  local answer = {}
  for index = 1, math.min(100, #keys) do
    local lease = lease_at(redis.call('HGET', process.held, whole(keys[index])))
    answer[#answer + 1] = whole(keys[index])
    answer[#answer + 1] = redis.call('HGET', lease.key, 'machine')
  end
  return answer
end
