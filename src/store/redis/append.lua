-- Adds records, and counts up, unless what was acknowledged before is missing: then nothing is written.
-- KEYS: list, log, due, beat; ARGV: list, count, count at least, kept for, then for each record: until, flag, bytes
if redis.call('HGET', KEYS[1], 'list') ~= ARGV[1] or redis.call('EXISTS', KEYS[2]) == 0 then
    return false
end
if tonumber(redis.call('GET', KEYS[4]) or '0') < tonumber(ARGV[3]) then
    return false
end
local beat = math.max(tonumber(ARGV[2]), tonumber(redis.call('GET', KEYS[4]) or '0'))
redis.call('SET', KEYS[4], string.format('%.0f', beat), 'EX', ARGV[4])
local written = 0
for at = 5, #ARGV, 3 do
    local id = redis.call('XADD', KEYS[2], '*', 'r', ARGV[at + 2])
    redis.call('ZADD', KEYS[3], ARGV[at], ARGV[at + 1] .. id)
    written = written + 1
end
redis.call('HINCRBY', KEYS[1], 'added', written)
local time = redis.call('TIME')
return { written, time[1], time[2] }
