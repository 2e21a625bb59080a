DROP FUNCTION amda_protect(regclass, text);
DROP FUNCTION amda_user();
ALTER DEFAULT PRIVILEGES IN SCHEMA public REVOKE USAGE ON SEQUENCES FROM amda_app;
ALTER DEFAULT PRIVILEGES IN SCHEMA public REVOKE SELECT, INSERT, UPDATE, DELETE ON TABLES FROM amda_app;
REVOKE USAGE ON SCHEMA public FROM amda_app;
-- The role stays: it belongs to the cluster, and another database may use it.
