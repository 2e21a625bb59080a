-- Set when a smaller plan keeps things for a shorter time: until then nothing goes by the plan's retention, so that
-- the user can save it or change their mind.
ALTER TABLE users ADD COLUMN retention_grace_until timestamptz;

-- Every user in turn, a page at a time: ids only.
CREATE FUNCTION amda_users_after(behind uuid, most integer) RETURNS SETOF uuid
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public
BEGIN ATOMIC
    SELECT id FROM users WHERE behind IS NULL OR id > behind ORDER BY id LIMIT most;
END;

-- Which of these files nothing names: no row of any table refers to them. A message that is no longer held refers to
-- its file but does not keep it. The tables that refer to media are read from the catalogue, so a new one counts with
-- its first row. Runs as whoever asks, who sees their own rows only.
CREATE FUNCTION amda_unnamed_media(candidates uuid[]) RETURNS SETOF uuid
    LANGUAGE plpgsql STABLE AS $$
DECLARE
    naming record;
    unnamed uuid[] := candidates;
BEGIN
    FOR naming IN
        SELECT c.conrelid::regclass AS named_in, a.attname AS named_by
        FROM pg_constraint c JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = c.conkey[1]
        WHERE c.contype = 'f' AND c.confrelid = 'media'::regclass AND cardinality(c.conkey) = 1
    LOOP
        EXECUTE format(
            'SELECT coalesce(array_agg(candidate), ''{}'') FROM unnest($1) AS candidate
             WHERE NOT EXISTS (SELECT FROM %s AS t WHERE t.%I = candidate %s)',
            naming.named_in, naming.named_by,
            CASE WHEN naming.named_in = 'messages'::regclass THEN 'AND t.held_until IS NOT NULL' ELSE '' END)
        INTO unnamed USING unnamed;
    END LOOP;
    RETURN QUERY SELECT unnest(unnamed);
END
$$;
CREATE INDEX messages_media ON messages (media_id) WHERE media_id IS NOT NULL;

-- What has grown old is looked for user by user, the oldest first.
CREATE INDEX media_by_user ON media (user_id, id);
CREATE INDEX media_objects ON media (object_key) WHERE object_key IS NOT NULL;
CREATE INDEX connection_gaps_by_age ON connection_gaps (user_id, ended_at) WHERE ended_at IS NOT NULL;
CREATE INDEX outbox_by_age ON outbox (user_id, settled_at) WHERE settled_at IS NOT NULL;
