-- The user's newest sequence number: taken late in a transaction, so numbers are gapless and in order of commit.
CREATE TABLE event_counters (
    user_id uuid PRIMARY KEY REFERENCES users ON DELETE CASCADE,
    newest bigint NOT NULL DEFAULT 0
);
SELECT amda_protect('event_counters');

CREATE TABLE events (
    user_id uuid NOT NULL REFERENCES users ON DELETE CASCADE,
    sequence bigint NOT NULL CHECK (sequence > 0),
    kind text NOT NULL,
    -- No reference: an event outlives its account, or the sequence would have a gap.
    account_id uuid,
    -- The row that the event is about; which table follows from the kind.
    subject_id uuid NOT NULL,
    occurred_at timestamptz NOT NULL,
    PRIMARY KEY (user_id, sequence)
);
SELECT amda_protect('events');
