-- The server works as a role of its own: no superuser, no owner of tables, so row-level security binds it. Roles belong
-- to the whole cluster and privileges are lost by a restore, so neither is made here: `amda migrate` does it each time.

-- The user whose transaction this is; null outside of one, and null equals nothing.
CREATE FUNCTION amda_user() RETURNS uuid
    LANGUAGE sql STABLE PARALLEL SAFE
    RETURN NULLIF(current_setting('amda.user_id', true), '')::uuid;

-- Puts a table with a user's data under the one policy there is.
CREATE FUNCTION amda_protect(protected regclass, owner_column text DEFAULT 'user_id') RETURNS void
    LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', protected);
    EXECUTE format(
        'CREATE POLICY own_rows ON %s USING (%I = (SELECT amda_user())) WITH CHECK (%I = (SELECT amda_user()))',
        protected, owner_column, owner_column);
END
$$;
REVOKE EXECUTE ON FUNCTION amda_protect(regclass, text) FROM PUBLIC;
