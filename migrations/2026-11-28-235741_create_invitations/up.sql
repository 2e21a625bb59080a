-- Codes of the operator's, each of which lets one person register where registration needs an invitation. Using a code
-- deletes its row, in the transaction that creates the user. Nobody's rows: a code is given out before its user exists.
CREATE TABLE invitations (
    -- SHA-256 of the code, which is kept nowhere.
    code_hash bytea PRIMARY KEY CHECK (length(code_hash) = 32),
    created_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL CHECK (expires_at > created_at)
);
CREATE INDEX invitations_expires_at ON invitations (expires_at);
