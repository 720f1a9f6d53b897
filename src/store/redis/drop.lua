-- Drops entries, unless they are gone.
-- KEYS: list, log, due; ARGV: list, then each as it stands in 'due'
if redis.call('HGET', KEYS[1], 'list') ~= ARGV[1] then
    return false
end
local dropped = 0
for at = 2, #ARGV do
    if redis.call('ZREM', KEYS[3], ARGV[at]) == 1 then
        dropped = dropped + redis.call('XDEL', KEYS[2], string.sub(ARGV[at], 2))
    end
end
redis.call('HINCRBY', KEYS[1], 'removed', dropped)
return dropped
