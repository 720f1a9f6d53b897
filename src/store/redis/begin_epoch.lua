-- What is there counts as all there is, under another header, unless somebody else has written one.
-- KEYS: list, log, due; ARGV: header that was read, header, list, place, purged
if (redis.call('HGET', KEYS[1], 'header') or '') ~= ARGV[1] then
    return 'another'
end
if redis.call('EXISTS', KEYS[2]) == 0 then
    redis.call('XDEL', KEYS[2], redis.call('XADD', KEYS[2], '*', 'begun', ''))
end
local log, said = {}, redis.call('XINFO', 'STREAM', KEYS[2])
for at = 1, #said, 2 do
    log[said[at]] = said[at + 1]
end
local added = log['entries-added']
local removed = added - log['length']
if redis.call('ZCARD', KEYS[3]) ~= log['length'] then
    return 'unindexed'
end
redis.call('HSET', KEYS[1], 'header', ARGV[2], 'list', ARGV[3], 'place', ARGV[4], 'added', added, 'removed', removed)
if ARGV[5] == '' then
    redis.call('HDEL', KEYS[1], 'purged')
else
    redis.call('HSET', KEYS[1], 'purged', ARGV[5])
end
return 'begun'
