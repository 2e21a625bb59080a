CREATE OR REPLACE FUNCTION amda_accounts_to_run() RETURNS TABLE (user_id uuid, account_id uuid)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public
BEGIN ATOMIC
    SELECT accounts.user_id, accounts.id FROM accounts
    WHERE linked_at IS NOT NULL AND state NOT IN ('LOGGED_OUT', 'STOPPED', 'PAUSED', 'UNLINKED')
    ORDER BY accounts.id;
END;
DROP FUNCTION amda_has_other_admin(uuid);
DROP FUNCTION amda_is_admin();
DROP FUNCTION amda_set_role(uuid, text);
DROP TRIGGER refuse_role ON users;
DROP TRIGGER refuse_role_of_new_user ON users;
DROP FUNCTION amda_refuse_role();
ALTER TABLE users DROP COLUMN suspension_reason, DROP COLUMN suspended_at, DROP COLUMN role;
