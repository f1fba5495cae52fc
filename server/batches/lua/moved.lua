-- moved: outputs that are on the disk leave Redis. Safe to repeat.
-- KEYS
--   batch outputs
-- ARGV
--   prefix id
--   …                 key, sequence, key, sequence …
-- Answers 1; 0: there is no such batch any more.
if redis.call('EXISTS', K.batch) == 0 then
  return 0
end
local bytes = 0
for index = REST, #ARGV, 2 do
  local key = ARGV[index]
  local kept = redis.call('HGET', K.outputs, key)
  -- Another output took its place where its input was called once more.
  if kept and string.match(kept, '^%d+') == ARGV[index + 1] then
    bytes = bytes + #key + #kept
    redis.call('HDEL', K.outputs, key)
  end
end
redis.call('HINCRBY', K.batch, 'unmoved_bytes', 0 - bytes) -- -0 is no number to some servers
redis.call('HINCRBY', K.batch, 'moves', 1)
return 1
