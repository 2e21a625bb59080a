-- An account beyond the limit of its user's plan is paused: a server that starts must not connect it.
CREATE OR REPLACE FUNCTION amda_accounts_to_run() RETURNS TABLE (user_id uuid, account_id uuid)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public
BEGIN ATOMIC
    SELECT accounts.user_id, accounts.id FROM accounts
    WHERE linked_at IS NOT NULL AND state NOT IN ('LOGGED_OUT', 'STOPPED', 'PAUSED', 'UNLINKED')
    ORDER BY accounts.id;
END;
