-- What a user is told of: shown in the app, and sent by the channels that they chose.
CREATE TABLE notifications (
    id uuid PRIMARY KEY,
    user_id uuid NOT NULL REFERENCES users ON DELETE CASCADE,
    kind text NOT NULL,
    account_id uuid REFERENCES accounts ON DELETE CASCADE,
    -- The row it is about; which table follows from the kind. Null where there is none.
    subject_id uuid,
    -- Numbers and times that its text needs, and nothing private: names and words are looked up when it is shown.
    details jsonb NOT NULL,
    created_at timestamptz NOT NULL,
    read_at timestamptz
);
-- One row is news of a kind once, however often it changes.
CREATE UNIQUE INDEX notifications_once ON notifications (user_id, kind, subject_id) WHERE subject_id IS NOT NULL;
CREATE INDEX notifications_page ON notifications (user_id, created_at DESC, id DESC);
CREATE INDEX notifications_unread ON notifications (user_id, created_at DESC, id DESC) WHERE read_at IS NULL;
SELECT amda_protect('notifications');
