CREATE OR REPLACE FUNCTION amda_resting_accounts() RETURNS TABLE (account_id uuid)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public
BEGIN ATOMIC
    SELECT run.account_id FROM amda_accounts_to_run() run JOIN accounts ON accounts.id = run.account_id
    WHERE accounts.state IN ('REPLACED', 'BANNED', 'OUTDATED_CLIENT');
END;

CREATE OR REPLACE FUNCTION amda_accounts_to_run() RETURNS TABLE (user_id uuid, account_id uuid)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public
BEGIN ATOMIC
    SELECT accounts.user_id, accounts.id FROM accounts JOIN users ON users.id = accounts.user_id
    WHERE linked_at IS NOT NULL AND state NOT IN ('LOGGED_OUT', 'STOPPED', 'PAUSED', 'UNLINKED')
        AND users.suspended_at IS NULL
    ORDER BY accounts.id;
END;
