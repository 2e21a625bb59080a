-- What was being linked when the server went down, of all users: ids only. Its session is gone and its codes with it, so
-- somebody must be told. A passkey that is wanted, and a ban, say themselves what is to be done.
CREATE FUNCTION amda_accounts_being_linked() RETURNS TABLE (user_id uuid, account_id uuid)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public
BEGIN ATOMIC
    SELECT accounts.user_id, accounts.id FROM accounts
    WHERE linked_at IS NULL
        AND state IN ('CREATED', 'AWAITING_QR', 'AWAITING_PAIRING_CODE', 'PAIRING', 'RECONNECTING', 'DEAF')
    ORDER BY accounts.id;
END;
