-- Says what the engine has, and counts up, unless something is missing: then nothing is written.
-- KEYS: list, log, due, reader's beat, writer's beat; ARGV: count, count at least, writer's count at least, kept for
local list = redis.call('HMGET', KEYS[1], 'header', 'purged', 'list', 'place', 'added', 'removed')
local log = {}
if redis.call('EXISTS', KEYS[2]) == 1 then
    local said = redis.call('XINFO', 'STREAM', KEYS[2])
    for at = 1, #said, 2 do
        log[said[at]] = said[at + 1]
    end
end

local function has(key, least)
    return tonumber(least) == 0 or tonumber(redis.call('GET', key) or '-1') >= tonumber(least)
end

-- Whoever trims, deletes, evicts or makes anew leaves another number of entries than was counted. An entry of somebody
-- else's making is one more in the stream, and none less.
local function is_whole()
    if not list[1] or not log['entries-added'] then
        return false
    end
    local added, removed = tonumber(list[5] or '-1'), tonumber(list[6] or '-1')
    return log['entries-added'] >= added
        and log['entries-added'] - log['length'] == removed
        and redis.call('ZCARD', KEYS[3]) == added - removed
        and has(KEYS[4], ARGV[2])
        and has(KEYS[5], ARGV[3])
end

local whole = is_whole()
if whole then
    local beat = math.max(tonumber(ARGV[1]), tonumber(redis.call('GET', KEYS[4]) or '0'))
    redis.call('SET', KEYS[4], string.format('%.0f', beat), 'EX', ARGV[4])
end
local time = redis.call('TIME')
return {
    whole and 1 or 0, list[1], list[2], list[3], list[4],
    log['entries-added'] or 0, log['last-generated-id'] or '0-0', time[1], time[2],
}
