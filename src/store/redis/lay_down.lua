-- Begins a list, if there is none.
-- KEYS: list, log, due; ARGV: header, list, place
if redis.call('HEXISTS', KEYS[1], 'header') == 1 then
    return 0
end
redis.call('DEL', KEYS[1], KEYS[2], KEYS[3])
-- A stream stays when it is empty, and remembers how many entries it ever had: this one, of which it lost one.
redis.call('XDEL', KEYS[2], redis.call('XADD', KEYS[2], '*', 'begun', ''))
redis.call('HSET', KEYS[1], 'header', ARGV[1], 'list', ARGV[2], 'place', ARGV[3], 'added', 1, 'removed', 1)
return 1
