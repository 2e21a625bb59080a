-- Statuses that were published before the owner's own ones were recorded. The server records them when it starts, because
-- only it has the keys of their contents. Of later ones, a missing record is one that its user deleted.
ALTER TABLE scheduled_statuses ADD COLUMN is_recorded boolean NOT NULL DEFAULT true;
UPDATE scheduled_statuses AS planned SET is_recorded = false
    WHERE state = 'PUBLISHED' AND wa_id IS NOT NULL
        AND published_at < (SELECT run_on FROM __diesel_schema_migrations WHERE version = '20261129040200')
        AND NOT EXISTS (SELECT FROM messages
            WHERE messages.account_id = planned.account_id AND messages.wa_id = planned.wa_id);
CREATE INDEX scheduled_statuses_unrecorded ON scheduled_statuses (user_id) WHERE NOT is_recorded;

-- The server asks before it knows of a user, and row-level security would show it nothing.
CREATE FUNCTION amda_users_with_unrecorded_statuses() RETURNS SETOF uuid
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public
BEGIN ATOMIC
    SELECT DISTINCT user_id FROM scheduled_statuses WHERE NOT is_recorded;
END;
