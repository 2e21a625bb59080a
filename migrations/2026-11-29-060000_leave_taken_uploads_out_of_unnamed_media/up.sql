-- An upload that something took refers to its file but does not keep it: the status that took it does, and goes in
-- its own time. A message that is no longer held does not keep its file either.
CREATE OR REPLACE FUNCTION amda_unnamed_media(candidates uuid[]) RETURNS SETOF uuid
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
            CASE naming.named_in
                WHEN 'messages'::regclass THEN 'AND t.held_until IS NOT NULL'
                WHEN 'uploads'::regclass THEN 'AND t.used_at IS NULL'
                ELSE ''
            END)
        INTO unnamed USING unnamed;
    END LOOP;
    RETURN QUERY SELECT unnest(unnamed);
END
$$;
