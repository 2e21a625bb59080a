-- What a call of a mutation made, so that the client may repeat the call within a day without making another.
CREATE TABLE idempotency_keys (
    id uuid PRIMARY KEY,
    user_id uuid NOT NULL REFERENCES users ON DELETE CASCADE,
    -- Keyed hashes: of the mutation and the client's key, and of the whole input.
    key_print bytea NOT NULL CHECK (length(key_print) = 16),
    input_print bytea NOT NULL CHECK (length(input_print) = 16),
    -- No reference: it may be of any type, and its removal does not free the key.
    made_id uuid NOT NULL,
    created_at timestamptz NOT NULL
);
CREATE UNIQUE INDEX idempotency_keys_key ON idempotency_keys (user_id, key_print);
CREATE INDEX idempotency_keys_by_age ON idempotency_keys (user_id, created_at);
SELECT amda_protect('idempotency_keys');
