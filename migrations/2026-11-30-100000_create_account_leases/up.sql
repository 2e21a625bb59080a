-- The servers that run on this database. All times are the database's, so that the nodes' clocks do not matter.
CREATE TABLE nodes (
    id uuid PRIMARY KEY,
    started_at timestamptz NOT NULL,
    -- Pushed forward while the node lives.
    expires_at timestamptz NOT NULL,
    -- It is stopping, and takes over nothing more.
    is_leaving boolean NOT NULL DEFAULT false
);

-- Which node runs the session of an account, and until when it may. Holds ids and no user's data.
CREATE TABLE account_leases (
    account_id uuid PRIMARY KEY REFERENCES accounts ON DELETE CASCADE,
    -- None when nobody has it.
    node_id uuid,
    -- Raised with every claim: a session writes only while it is the one that it was claimed with.
    fence bigint NOT NULL DEFAULT 0,
    -- Pushed forward while the node lives; of a lease that nobody has, when it was given back.
    expires_at timestamptz NOT NULL,
    -- Its session makes a link. The codes end with the session, so that it is not taken over but reported as interrupted.
    is_linking boolean NOT NULL DEFAULT false,
    -- Given back by a node that lives or stops in order, for another to go on at once.
    is_handed_over boolean NOT NULL DEFAULT false,
    -- A node that asks for it, how the session is to end before, and until when nobody else may claim it.
    asked_by uuid,
    asked_end text CHECK (asked_end IN ('STOP', 'LOG_OUT')),
    asked_until timestamptz,
    CHECK (num_nulls(asked_by, asked_end, asked_until) IN (0, 3))
);
CREATE INDEX account_leases_node ON account_leases (node_id) WHERE node_id IS NOT NULL;
CREATE INDEX account_leases_handed_over ON account_leases (account_id) WHERE is_handed_over AND node_id IS NULL;
ALTER TABLE account_leases ENABLE ROW LEVEL SECURITY;
CREATE POLICY for_all_users ON account_leases USING (true) WITH CHECK (true);
SELECT amda_limit_to_accounts('account_leases');

-- Refuses the commit of a session whose lease is over, and keeps the lease from being claimed until the transaction has
-- ended. It does not wait for a renewal, which changes no key.
CREATE FUNCTION amda_hold_lease(held_account uuid, held_fence bigint) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    PERFORM FROM account_leases
        WHERE account_id = held_account AND fence = held_fence AND node_id IS NOT NULL AND expires_at > clock_timestamp()
        FOR KEY SHARE;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'AMDA: the lease is over';
    END IF;
END
$$;

-- Accounts that nobody runs and somebody should, of all users: ids only. One that was being linked is told so; where it
-- has no lease at all, a node may just be about to claim it.
CREATE FUNCTION amda_orphaned_accounts() RETURNS TABLE (user_id uuid, account_id uuid, is_linking boolean)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public
BEGIN ATOMIC
    WITH taken AS (
        SELECT leases.account_id FROM account_leases leases
        WHERE leases.node_id IS NOT NULL AND leases.expires_at > clock_timestamp() OR leases.asked_until > clock_timestamp())
    SELECT run.user_id, run.account_id, false FROM amda_accounts_to_run() run
    WHERE run.account_id NOT IN (SELECT taken.account_id FROM taken)
    UNION ALL
    SELECT linked.user_id, linked.account_id, true FROM amda_accounts_being_linked() linked
        JOIN accounts ON accounts.id = linked.account_id
        LEFT JOIN account_leases leases ON leases.account_id = linked.account_id
    WHERE linked.account_id NOT IN (SELECT taken.account_id FROM taken)
        AND CASE WHEN leases.account_id IS NULL THEN accounts.created_at < clock_timestamp() - interval '10 minutes'
            ELSE leases.is_linking END;
END;

-- Accounts that should run and whose session WhatsApp has ended until something changes, of all users: ids only. Their node
-- keeps them; another account without a session has been forgotten.
CREATE FUNCTION amda_resting_accounts() RETURNS TABLE (account_id uuid)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public
BEGIN ATOMIC
    SELECT run.account_id FROM amda_accounts_to_run() run JOIN accounts ON accounts.id = run.account_id
    WHERE accounts.state IN ('REPLACED', 'BANNED', 'OUTDATED_CLIENT');
END;

-- Questions to the session of an account from a node that does not run it: for a file that has expired. The node that runs
-- it answers. What is asked and answered is sealed.
CREATE TABLE session_questions (
    id uuid PRIMARY KEY,
    user_id uuid NOT NULL REFERENCES users ON DELETE CASCADE,
    account_id uuid NOT NULL REFERENCES accounts ON DELETE CASCADE,
    question bytea NOT NULL,
    asked_at timestamptz NOT NULL,
    -- Somebody works on it.
    taken_at timestamptz,
    answer bytea
);
CREATE INDEX session_questions_open ON session_questions (account_id) WHERE taken_at IS NULL;
CREATE INDEX session_questions_user ON session_questions (user_id);
SELECT amda_protect('session_questions');
SELECT amda_limit_to_accounts('session_questions');

-- The questions that a node has to answer, of all users: ids only.
CREATE FUNCTION amda_questions_to(wanted_node uuid) RETURNS TABLE (id uuid, user_id uuid, account_id uuid)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public
BEGIN ATOMIC
    SELECT asked.id, asked.user_id, asked.account_id FROM session_questions asked
        JOIN account_leases leases ON leases.account_id = asked.account_id
    WHERE leases.node_id = wanted_node AND leases.expires_at > clock_timestamp() AND asked.taken_at IS NULL;
END;
