-- How many bytes of media are stored for a user. Kept by the database itself, so that it is exact whichever way rows
-- come and go, an account's deletion among them. Its row is also the lock of whoever must know that there is room.
CREATE TABLE storage_usage (
    user_id uuid PRIMARY KEY REFERENCES users ON DELETE CASCADE,
    used_bytes bigint NOT NULL CHECK (used_bytes >= 0),
    -- When the user was last told that nothing more fits.
    told_full_at timestamptz
);
SELECT amda_protect('storage_usage');

INSERT INTO storage_usage (user_id, used_bytes)
    SELECT user_id, sum(stored_bytes) FROM media WHERE state = 'STORED' GROUP BY user_id;

-- Adds to a user's count. A first file makes the row; what is taken away finds it, unless the user is going too.
CREATE FUNCTION amda_add_storage(owner uuid, change bigint) RETURNS void
    LANGUAGE plpgsql AS $$
BEGIN
    IF change = 0 THEN
        RETURN;
    END IF;
    UPDATE storage_usage SET used_bytes = greatest(used_bytes + change, 0) WHERE user_id = owner;
    IF NOT FOUND AND change > 0 THEN
        INSERT INTO storage_usage (user_id, used_bytes) VALUES (owner, change)
            ON CONFLICT (user_id) DO UPDATE SET used_bytes = storage_usage.used_bytes + excluded.used_bytes;
    END IF;
END
$$;

-- Once per statement: the row is locked once, and late, however many files a statement touches.
CREATE FUNCTION amda_media_inserted() RETURNS trigger
    LANGUAGE plpgsql AS $$
BEGIN
    PERFORM amda_add_storage(user_id, sum(stored_bytes)::bigint) FROM after WHERE state = 'STORED' GROUP BY user_id;
    RETURN NULL;
END
$$;
CREATE FUNCTION amda_media_deleted() RETURNS trigger
    LANGUAGE plpgsql AS $$
BEGIN
    PERFORM amda_add_storage(user_id, -sum(stored_bytes)::bigint) FROM before WHERE state = 'STORED' GROUP BY user_id;
    RETURN NULL;
END
$$;
CREATE FUNCTION amda_media_updated() RETURNS trigger
    LANGUAGE plpgsql AS $$
BEGIN
    PERFORM amda_add_storage(user_id, sum(bytes)::bigint) FROM (
        SELECT user_id, stored_bytes AS bytes FROM after WHERE state = 'STORED'
        UNION ALL
        SELECT user_id, -stored_bytes FROM before WHERE state = 'STORED'
    ) AS changes GROUP BY user_id;
    RETURN NULL;
END
$$;
CREATE TRIGGER media_inserted AFTER INSERT ON media
    REFERENCING NEW TABLE AS after FOR EACH STATEMENT EXECUTE FUNCTION amda_media_inserted();
CREATE TRIGGER media_deleted AFTER DELETE ON media
    REFERENCING OLD TABLE AS before FOR EACH STATEMENT EXECUTE FUNCTION amda_media_deleted();
CREATE TRIGGER media_updated AFTER UPDATE ON media
    REFERENCING OLD TABLE AS before NEW TABLE AS after FOR EACH STATEMENT EXECUTE FUNCTION amda_media_updated();
