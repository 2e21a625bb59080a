-- The server works as this role: no superuser, no owner of tables, so row-level security binds it.
DO $$
BEGIN
    CREATE ROLE amda_app NOLOGIN NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE;
EXCEPTION
    -- Roles belong to the whole cluster: another database of ours may have made it, perhaps this instant.
    WHEN duplicate_object OR unique_violation THEN NULL;
END
$$;

GRANT amda_app TO CURRENT_USER;
GRANT USAGE ON SCHEMA public TO amda_app;
ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO amda_app;
ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT USAGE ON SEQUENCES TO amda_app;

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
