-- How much of a quota a user has used in a month; its row is the lock that makes the count exact.
CREATE TABLE quota_periods (
    user_id uuid NOT NULL REFERENCES users ON DELETE CASCADE,
    quota text NOT NULL CHECK (quota IN ('VIEW_ONCE_CAPTURES')),
    -- The first of the month, as the user's time zone counts months.
    period_start date NOT NULL,
    used integer NOT NULL CHECK (used >= 0),
    PRIMARY KEY (user_id, quota, period_start)
);
SELECT amda_protect('quota_periods');

-- The ledger: a row for each unit that was spent, and on what.
CREATE TABLE quota_uses (
    id uuid PRIMARY KEY,
    user_id uuid NOT NULL REFERENCES users ON DELETE CASCADE,
    quota text NOT NULL CHECK (quota IN ('VIEW_ONCE_CAPTURES')),
    period_start date NOT NULL,
    -- The row it was spent on; no reference, because the unit stays spent when that row is deleted.
    subject_id uuid NOT NULL,
    reason text NOT NULL,
    created_at timestamptz NOT NULL,
    -- Set when the unit was given back.
    refunded_at timestamptz
);
-- One thing is paid for once, whatever is delivered or tried again.
CREATE UNIQUE INDEX quota_uses_subject_key ON quota_uses (user_id, quota, subject_id) WHERE refunded_at IS NULL;
SELECT amda_protect('quota_uses');
