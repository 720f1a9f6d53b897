-- Changes entries, and makes anew what says until when each is kept, unless something has changed since it was read.
-- KEYS: list, log, due; ARGV: header that was read, ever added, length, header, list, place, purged,
-- how many are dropped, their ids, then for each that stays: id or '*', until, flag, bytes
local log = { ['entries-added'] = 0, ['length'] = 0 }
local function look()
    local said = redis.call('XINFO', 'STREAM', KEYS[2])
    for at = 1, #said, 2 do
        log[said[at]] = said[at + 1]
    end
end

if (redis.call('HGET', KEYS[1], 'header') or '') ~= ARGV[1] then
    return 'another'
end
if redis.call('EXISTS', KEYS[2]) == 1 then
    look()
end
if log['entries-added'] ~= tonumber(ARGV[2]) or log['length'] ~= tonumber(ARGV[3]) then
    return 'changed'
end
if log['entries-added'] == 0 then
    redis.call('XDEL', KEYS[2], redis.call('XADD', KEYS[2], '*', 'begun', ''))
end
local dropped = tonumber(ARGV[8])
for at = 9, 8 + dropped do
    redis.call('XDEL', KEYS[2], ARGV[at])
end
redis.call('DEL', KEYS[3])
for at = 9 + dropped, #ARGV, 4 do
    local id = ARGV[at]
    if id == '*' then
        id = redis.call('XADD', KEYS[2], '*', 'r', ARGV[at + 3])
    end
    redis.call('ZADD', KEYS[3], ARGV[at + 1], ARGV[at + 2] .. id)
end
look()
local added = log['entries-added']
local removed = added - log['length']
redis.call('HSET', KEYS[1], 'header', ARGV[4], 'list', ARGV[5], 'place', ARGV[6], 'added', added, 'removed', removed)
if ARGV[7] == '' then
    redis.call('HDEL', KEYS[1], 'purged')
else
    redis.call('HSET', KEYS[1], 'purged', ARGV[7])
end
return 'rewritten'
