-- acquire: leases the key that was completed longest ago, or joins the line. Safe to repeat with the same id; a ticket
-- in the line is kept alive by repeating.
-- KEYS
--   idempotency       what this tenant's Idempotency-Key stood for, if one was given
-- ARGV
--   prefix tenant name
--   id                of the lease, and of the ticket in the line
--   machine           who asks
--   length            of the lease, microseconds; 0: it has no end
--   wait              1: join the line when no key is free
--   fingerprint       of the request, '' without an Idempotency-Key
--   keep_ms           how long the Idempotency-Key is kept
-- Answers {LEASED, id, lease}, {WAIT, id, microseconds until it may be worth asking again}, {NONE, id}, {CONFLICT},
-- {UNKNOWN}: there is no such process. Another id than the given one: that of the Idempotency-Key's lease.
local process = process_at(A.name)
if not exists(process) then
  return { 'UNKNOWN' }
end
reap(process)

-- The lease that the Idempotency-Key stands for, while that holds or waits.
local function known()
  local id, conflicts = remembered()
  local state = id and redis.call('HGET', lease_at(id).key, 'state')
  return state and state ~= 'ended' and id, conflicts
end

local id, conflicts = known()
if conflicts then
  return { 'CONFLICT' }
end
local lease = lease_at(id or A.id)
if id and id ~= A.id then
  -- Two requests ask for one lease: neither may give it back for both.
  redis.call('HSET', lease.key, 'shared', 1)
end
local state = redis.call('HGET', lease.key, 'state')
if state == 'offered' then
  hold(process, lease)
end
if state and state ~= 'waiting' then
  return { 'LEASED', lease.id, shown(process, lease) }
end

local free = redis.call('ZCARD', process.free) > 0
if free or A.wait == '1' then
  redis.call('HSET', lease.key, 'process', A.name, 'machine', A.machine, 'length', A.length)
  remember(lease.id)
end
if free then
  give(process, lease, 'held')
  hold(process, lease)
  return { 'LEASED', lease.id, shown(process, lease) }
end
if A.wait ~= '1' then
  return { 'NONE', lease.id }
end
redis.call('HSET', lease.key, 'state', 'waiting')
redis.call('PEXPIRE', lease.key, whole(TICKET_US / 1000))
if not redis.call('LPOS', process.line, lease.id) then
  redis.call('RPUSH', process.line, lease.id)
end
-- Only the first in line need come when the next lease ends; the others come when they are called.
local next_end = redis.call('ZRANGE', process.expiry, 0, 0, 'WITHSCORES')[2]
if next_end and redis.call('LINDEX', process.line, 0) == lease.id then
  return { 'WAIT', lease.id, whole(next_end - micros) }
end
return { 'WAIT', lease.id, whole(TICKET_US) }
