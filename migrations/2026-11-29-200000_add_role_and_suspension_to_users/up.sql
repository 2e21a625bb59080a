-- An admin sees all users, and a suspended user cannot log in.
ALTER TABLE users
    ADD COLUMN role text NOT NULL DEFAULT 'USER' CHECK (role IN ('USER', 'ADMIN')),
    ADD COLUMN suspended_at timestamptz,
    ADD COLUMN suspension_reason text CHECK (length(suspension_reason) BETWEEN 1 AND 500),
    ADD CHECK (suspended_at IS NOT NULL OR suspension_reason IS NULL);

-- The server's role writes a user's row in a transaction of theirs, but not this column: what a request can be made to
-- write makes nobody an admin.
CREATE FUNCTION amda_refuse_role() RETURNS trigger
    LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    IF row_security_active('users') THEN
        RAISE EXCEPTION 'a role is given by amda_set_role alone' USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER refuse_role_of_new_user BEFORE INSERT ON users
    FOR EACH ROW WHEN (NEW.role <> 'USER') EXECUTE FUNCTION amda_refuse_role();
CREATE TRIGGER refuse_role BEFORE UPDATE OF role ON users
    FOR EACH ROW WHEN (NEW.role <> OLD.role) EXECUTE FUNCTION amda_refuse_role();

-- Gives a user another role; false when they have it. Every request works in a transaction that names its user, and those
-- are refused here: only the operator's commands begin one that names nobody.
CREATE FUNCTION amda_set_role(concerned uuid, wanted text) RETURNS boolean
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF amda_user() IS NOT NULL THEN
        RAISE EXCEPTION 'a transaction of a user changes no role' USING ERRCODE = 'insufficient_privilege';
    END IF;
    UPDATE users SET role = wanted WHERE id = concerned AND role <> wanted;
    RETURN FOUND;
END
$$;

-- True in a transaction of an admin who is not suspended. It reads the row, so nothing that a transaction says of itself
-- but its user counts, and a role that was revoked is gone at once.
CREATE FUNCTION amda_is_admin() RETURNS boolean
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public
    RETURN EXISTS (SELECT FROM users WHERE id = amda_user() AND role = 'ADMIN' AND suspended_at IS NULL);

-- True when somebody else is an admin who is not suspended. Those who ask wait for each other until they end, so that the
-- last two do not suspend one another.
CREATE FUNCTION amda_has_other_admin(concerned uuid) RETURNS boolean
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(4702985232);
    RETURN EXISTS (SELECT FROM users WHERE role = 'ADMIN' AND suspended_at IS NULL AND id <> concerned);
END
$$;

-- A server that starts must not connect the accounts of a suspended user.
CREATE OR REPLACE FUNCTION amda_accounts_to_run() RETURNS TABLE (user_id uuid, account_id uuid)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public
BEGIN ATOMIC
    SELECT accounts.user_id, accounts.id FROM accounts JOIN users ON users.id = accounts.user_id
    WHERE linked_at IS NOT NULL AND state NOT IN ('LOGGED_OUT', 'STOPPED', 'PAUSED', 'UNLINKED')
        AND users.suspended_at IS NULL
    ORDER BY accounts.id;
END;
