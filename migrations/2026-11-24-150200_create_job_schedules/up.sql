-- Work that comes round again. Nobody's data: one row per schedule for all nodes, locked by the node that enqueues it.
CREATE TABLE job_schedules (
    -- The kind of its jobs.
    name text PRIMARY KEY,
    -- Either so often, or once a day at this minute (UTC).
    every_seconds integer CHECK (every_seconds > 0),
    at_minute smallint CHECK (at_minute BETWEEN 0 AND 1439),
    next_run_at timestamptz NOT NULL,
    last_run_at timestamptz,
    CHECK ((every_seconds IS NULL) <> (at_minute IS NULL))
);

-- It kept itself alive until now; from now on its schedule does.
DELETE FROM jobs WHERE kind = 'deleted_messages.release';
