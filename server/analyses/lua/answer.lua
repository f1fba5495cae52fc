-- answer: leaves what an analysis found, and wakes who waits for it. An analysis that no one waits for any more gets
-- none.
-- KEYS
--   analysis          the record
-- ARGV
--   prefix id
--   answer            as JSON
if redis.call('EXISTS', K.analysis) == 1 then
  redis.call('HDEL', K.analysis, 'body', 'ciphertext')
  redis.call('HSET', K.analysis, 'answer', A.answer)
  redis.call('PUBLISH', A.prefix .. 'changed', A.id)
end
