-- Personal access tokens: credentials that a user makes for programs. Revoking one deletes its row.
CREATE TABLE access_tokens (
    id uuid PRIMARY KEY,
    user_id uuid NOT NULL REFERENCES users ON DELETE CASCADE,
    -- SHA-256 of the token, which is kept nowhere.
    token_hash bytea NOT NULL UNIQUE CHECK (length(token_hash) = 32),
    -- The end of the token, by which its owner tells it from others.
    last_four text NOT NULL CHECK (length(last_four) = 4),
    name text NOT NULL,
    scopes text[] NOT NULL CHECK (cardinality(scopes) > 0 AND scopes <@ ARRAY['READ', 'ACT', 'MANAGE']),
    -- The accounts that it is limited to; null for all, those of the future too. Removed ones stay: it is limited still.
    account_ids uuid[] CHECK (cardinality(account_ids) > 0),
    created_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL CHECK (expires_at > created_at),
    last_used_at timestamptz,
    last_used_from text
);
CREATE INDEX access_tokens_by_age ON access_tokens (user_id, created_at DESC, id DESC);
SELECT amda_protect('access_tokens');

-- Before anybody is known: whose token this is.
CREATE FUNCTION amda_user_by_access_token(wanted bytea) RETURNS uuid
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public
    RETURN (SELECT user_id FROM access_tokens WHERE token_hash = wanted);
