-- A token bucket, kept as the time at which it is full again, in microseconds of the server's clock.
-- Takes ARGV[3] of the ARGV[2] that are restored in ARGV[1] microseconds; gives back what is below zero.
-- Answers with what is left, and with the time to wait when nothing was taken, else 0.
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local per, burst, cost = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local full_at = math.max(tonumber(redis.call('GET', KEYS[1]) or now), now)
local function left(at) return math.max(math.floor((now + per - at) * burst / per + 0.000001), 0) end

local after = full_at + per / burst * cost
-- What is stored is rounded to a microsecond.
if cost > 0 and after > now + per + 1 then
    return {left(full_at), math.ceil(after - now - per)}
end
if after <= now then
    redis.call('DEL', KEYS[1])
    return {burst, 0}
end
redis.call('SET', KEYS[1], string.format('%.0f', after), 'PX', math.ceil((after - now) / 1000))
return {left(after), 0}
