DROP INDEX webhook_deliveries_failing;
DROP VIEW admin_failing_deliveries;
DROP VIEW admin_sessions;
DROP INDEX accounts_state;
DROP VIEW admin_accounts;
DROP VIEW admin_users;
