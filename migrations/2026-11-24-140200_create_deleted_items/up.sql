-- What users deleted of what was kept for them: nothing but of what sort it was, so that clients can be told of it.
CREATE TABLE deleted_items (
    id uuid PRIMARY KEY,
    user_id uuid NOT NULL REFERENCES users ON DELETE CASCADE,
    -- The item's type in the schema.
    kind text NOT NULL,
    deleted_at timestamptz NOT NULL
);
CREATE INDEX deleted_items_age ON deleted_items (user_id, deleted_at);
SELECT amda_protect('deleted_items');
