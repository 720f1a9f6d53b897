-- Drops what was kept for long enough, by the earlier of two clocks.
-- KEYS: list, log, due; ARGV: list, now, most
if redis.call('HGET', KEYS[1], 'list') ~= ARGV[1] then
    return false
end
local time = redis.call('TIME')
local bound = math.min(tonumber(ARGV[2]), tonumber(time[1]) * 1000000 + tonumber(time[2]))
local before = string.format('(%.0f', bound)
local due = redis.call('ZRANGEBYSCORE', KEYS[3], '-inf', before, 'LIMIT', 0, ARGV[3])
local dropped, forbade = 0, false
for _, entry in ipairs(due) do
    dropped = dropped + redis.call('XDEL', KEYS[2], string.sub(entry, 2))
    redis.call('ZREM', KEYS[3], entry)
    forbade = forbade or string.sub(entry, 1, 1) == 'f'
end
if #due > 0 then
    redis.call('HINCRBY', KEYS[1], 'removed', dropped)
end
if forbade and bound > tonumber(redis.call('HGET', KEYS[1], 'purged') or -math.huge) then
    redis.call('HSET', KEYS[1], 'purged', string.format('%.0f', bound))
end
return #due
