-- Tokens of links in mails to users, each good for one purpose and one use: using a token deletes its row, in the
-- transaction that does what it stands for.
CREATE TABLE mail_tokens (
    -- SHA-256 of the purpose and the token, which is kept nowhere.
    token_hash bytea PRIMARY KEY CHECK (length(token_hash) = 32),
    user_id uuid NOT NULL REFERENCES users ON DELETE CASCADE,
    purpose text NOT NULL CHECK (purpose IN ('VERIFY_EMAIL', 'RESET_PASSWORD')),
    -- The address that the mail went to: whoever has the token reads mail there.
    sent_to text NOT NULL,
    created_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL CHECK (expires_at > created_at)
);
CREATE INDEX mail_tokens_user ON mail_tokens (user_id, purpose);
SELECT amda_protect('mail_tokens');
