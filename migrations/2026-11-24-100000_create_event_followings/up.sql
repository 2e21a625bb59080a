-- How far those who act on a user's events after the fact (notices, webhooks, analytics) have come in the user's
-- sequence. A row of its own, so that the lock of whoever follows holds up nobody's commit.
CREATE TABLE event_followings (
    user_id uuid PRIMARY KEY REFERENCES users ON DELETE CASCADE,
    -- Everything up to this number was followed.
    followed bigint NOT NULL CHECK (followed >= 0)
);
SELECT amda_protect('event_followings');

-- What happened before there were followers is nobody's news.
INSERT INTO event_followings (user_id, followed) SELECT user_id, newest FROM event_counters;

-- Users with events that were not followed yet, of all users: ids only.
CREATE FUNCTION amda_users_to_follow() RETURNS SETOF uuid
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public
BEGIN ATOMIC
    SELECT event_counters.user_id FROM event_counters
    LEFT JOIN event_followings ON event_followings.user_id = event_counters.user_id
    WHERE event_counters.newest > coalesce(event_followings.followed, 0);
END;
