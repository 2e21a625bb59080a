-- The newest events of some users, for a node that looks whether others wrote events of its subscribers: numbers only.
CREATE FUNCTION amda_newest_events(wanted uuid[]) RETURNS TABLE (user_id uuid, newest bigint)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public
BEGIN ATOMIC
    SELECT event_counters.user_id, event_counters.newest FROM event_counters
    WHERE event_counters.user_id = ANY (wanted);
END;
