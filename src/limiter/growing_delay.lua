-- Failures in a row, kept as their number and the time of the last one, in microseconds of the server's clock.
-- ARGV: 1 counts one, -1 takes one back; number that delays nothing; first delay; longest delay; time after which all are
-- forgotten; the times in microseconds. Answers with the time to wait when nothing was counted, else 0.
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local free, first, longest, forgotten = tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4]), tonumber(ARGV[5])
local count, last = 0, now
local known = redis.call('GET', KEYS[1])
if known then
    count, last = string.match(known, '^(%d+) (%d+)$')
    count, last = tonumber(count), tonumber(last)
end

local function keep(number, at)
    if number <= 0 then
        redis.call('DEL', KEYS[1])
    else
        local life = math.max(math.ceil((at + forgotten - now) / 1000), 1)
        redis.call('SET', KEYS[1], string.format('%d %.0f', number, at), 'PX', life)
    end
end

if ARGV[1] == '-1' then
    keep(count - 1, last)
    return {0}
end
if count >= free then
    local delay = math.min(first * 2 ^ math.min(count - free, 20), longest)
    if last + delay > now then
        return {math.ceil(last + delay - now)}
    end
end
keep(count + 1, now)
return {0}
