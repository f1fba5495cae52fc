-- file: puts an analysis in the line for a runner.
-- KEYS
--   analysis          the record to write; it lives as long as someone may wait for the answer
--   line              ids, the first to be served first
--   wake              the doorbell of runners, for one that sleeps
-- ARGV
--   prefix id
--   most              most analyses in the line
--   keep_ms           how long the record is kept
--   body              what is to be analysed, as JSON
--   ciphertext        credentials, '' for none
-- Answers FILED or FULL.
if redis.call('LLEN', K.line) >= tonumber(A.most) then
  return 'FULL'
end
redis.call('HSET', K.analysis, 'body', A.body, 'ciphertext', A.ciphertext)
redis.call('PEXPIRE', K.analysis, A.keep_ms)
redis.call('RPUSH', K.line, A.id)
if redis.call('LLEN', K.wake) == 0 then
  redis.call('RPUSH', K.wake, A.id)
end
return 'FILED'
