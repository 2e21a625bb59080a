-- The secret from which the server derives its others, sealed by a master key. The key that seals it is the current one: new
-- users' keys are wrapped by it, and only `amda rotate-keys` names another. Made by the first start, which has the keys.
CREATE TABLE installation_secrets (
    is_only boolean PRIMARY KEY DEFAULT true CHECK (is_only),
    master_key_id text NOT NULL,
    sealed bytea NOT NULL CHECK (length(sealed) = 73)
);

-- The master keys that open something, and the number of users whose keys each of them wraps.
CREATE FUNCTION amda_master_key_uses() RETURNS TABLE (master_key_id text, users bigint)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public
BEGIN ATOMIC
    SELECT used.master_key_id, sum(used.users)::bigint FROM (
        SELECT user_keys.master_key_id, count(*) AS users FROM user_keys GROUP BY user_keys.master_key_id
        UNION ALL
        SELECT installation_secrets.master_key_id, 0 FROM installation_secrets) used
    GROUP BY used.master_key_id ORDER BY 2 DESC, 1;
END;

-- Users whose keys another master key wraps, in order: ids only.
CREATE FUNCTION amda_users_of_other_keys(current_key text, behind uuid, most integer) RETURNS SETOF uuid
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public
BEGIN ATOMIC
    SELECT user_keys.user_id FROM user_keys
    WHERE user_keys.master_key_id <> current_key AND (behind IS NULL OR user_keys.user_id > behind)
    ORDER BY user_keys.user_id LIMIT most;
END;

-- True when there is or was a user. The server's secrets were derived from the master key before, and what they made is kept:
-- the hashes of deleted identities, and links in mails.
CREATE FUNCTION amda_has_had_users() RETURNS boolean
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public
BEGIN ATOMIC
    SELECT EXISTS (SELECT FROM users) OR EXISTS (SELECT FROM deleted_users)
        OR EXISTS (SELECT FROM deleted_external_identities);
END;
