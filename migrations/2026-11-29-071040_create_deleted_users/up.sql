-- Tombstones of deleted users, so that one who comes back with an older backup is deleted again. They hold nobody's data:
-- an id has 80 bits of chance, which nobody finds from its hash.
CREATE TABLE deleted_users (
    -- SHA-256 of the 16 bytes of the id.
    id_hash bytea PRIMARY KEY CHECK (length(id_hash) = 32),
    deleted_at timestamptz NOT NULL
);

-- The users who have a tombstone and are there: ids only, for the deletion that follows.
CREATE FUNCTION amda_returned_users() RETURNS SETOF uuid
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public
BEGIN ATOMIC
    SELECT id FROM users WHERE EXISTS (SELECT FROM deleted_users WHERE id_hash = sha256(uuid_send(id)));
END;
