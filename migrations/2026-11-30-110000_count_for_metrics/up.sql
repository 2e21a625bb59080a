-- What the metrics of the operator count over all users. Only totals: no id, no name, no row of anybody.
--
-- It is asked for every few seconds, so what can grow without a limit (the outbox and the jobs, when nothing drains them) is
-- counted up to `counted_most`; the oldest of each is found by an index.
CREATE INDEX outbox_open ON outbox (state, send_at) WHERE settled_at IS NULL;

CREATE FUNCTION amda_totals(moment timestamptz, counted_most integer)
    RETURNS TABLE (name text, label text, value bigint)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public
BEGIN ATOMIC
    SELECT 'accounts', accounts.state, count(*) FROM accounts GROUP BY accounts.state
    UNION ALL
    SELECT 'accounts_to_run',
        CASE WHEN leases.node_id IS NOT NULL AND leases.expires_at > clock_timestamp() THEN 'HELD' ELSE 'FREE' END,
        count(*)
    FROM amda_accounts_to_run() run LEFT JOIN account_leases leases ON leases.account_id = run.account_id
    GROUP BY 2
    UNION ALL
    SELECT 'outbox_messages',
        CASE WHEN unsettled.state = 'SENT' THEN 'UNANSWERED' WHEN unsettled.send_at > moment THEN 'WAITING' ELSE 'DUE' END, count(*)
    FROM (SELECT outbox.state, outbox.send_at FROM outbox WHERE settled_at IS NULL LIMIT counted_most) AS unsettled
    GROUP BY 2
    UNION ALL
    SELECT 'outbox_oldest_due_seconds', '', floor(extract(epoch FROM moment - min(send_at)))::bigint
    FROM outbox WHERE settled_at IS NULL AND outbox.state = 'QUEUED' AND send_at <= moment
    UNION ALL
    -- The states of `jobs::JobState`.
    SELECT 'jobs',
        CASE WHEN undone.died_at IS NOT NULL THEN 'GIVEN_UP' WHEN undone.claim IS NOT NULL THEN 'RUNNING'
            WHEN undone.last_error IS NOT NULL THEN 'FAILING' ELSE 'WAITING' END,
        count(*)
    FROM (SELECT died_at, claim, last_error FROM jobs LIMIT counted_most) AS undone
    GROUP BY 2
    UNION ALL
    -- A job that runs is due at the end of its lease.
    SELECT 'jobs_oldest_due_seconds', '', floor(extract(epoch FROM moment - min(run_at)))::bigint
    FROM jobs WHERE died_at IS NULL AND run_at <= moment
    UNION ALL
    SELECT 'media_bytes', '', coalesce(sum(used_bytes), 0)::bigint FROM storage_usage
    UNION ALL
    SELECT 'servers', '', count(*) FROM nodes WHERE expires_at > clock_timestamp();
END;
