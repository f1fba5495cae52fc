-- leave: ends the wait of a ticket. Safe to repeat. A ticket that another request shares stays: if nobody asks for it
-- any more it lapses by itself.
-- KEYS
--   lease             the ticket, or what became of it
-- ARGV
--   prefix tenant
--   id                of the ticket
--   accept            1: a key that was offered meanwhile is taken; 0: whoever asked is gone, and was told of none
-- Answers {LEASED, id, lease} or {NONE, id}.
local lease = { id = A.id, key = K.lease }
local process, state = look(lease)
if A.accept ~= '1' and redis.call('HGET', lease.key, 'shared') then
  return { 'NONE', A.id }
end
if state == 'waiting' then
  redis.call('LREM', process.line, 1, lease.id)
  redis.call('DEL', lease.key)
elseif (state == 'offered' or state == 'held') and A.accept ~= '1' then
  take_back(process, lease)
  settle(process)
elseif state == 'offered' then
  hold(process, lease)
  return { 'LEASED', lease.id, shown(process, lease) }
elseif state == 'held' then
  return { 'LEASED', lease.id, shown(process, lease) }
end
return { 'NONE', A.id }
