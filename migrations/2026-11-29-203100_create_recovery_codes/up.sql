-- Codes that stand for a second factor that is lost, each good for one use: using a code deletes its row, in the
-- transaction that does what it was given for.
CREATE TABLE recovery_codes (
    user_id uuid NOT NULL REFERENCES users ON DELETE CASCADE,
    -- SHA-256 of the code, which is kept nowhere. It has 80 bits of chance, so there is nothing to guess.
    code_hash bytea NOT NULL CHECK (length(code_hash) = 32),
    PRIMARY KEY (user_id, code_hash)
);
SELECT amda_protect('recovery_codes');
