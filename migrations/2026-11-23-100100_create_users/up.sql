CREATE TABLE users (
    id uuid PRIMARY KEY,
    -- As the user wrote it; unique without regard to case.
    email text NOT NULL CHECK (length(email) BETWEEN 3 AND 254),
    password_hash text NOT NULL,
    display_name text CHECK (length(display_name) BETWEEN 1 AND 100),
    locale text NOT NULL,
    time_zone text NOT NULL,
    plan text NOT NULL CHECK (plan IN ('FREE', 'PREMIUM')),
    email_verified_at timestamptz,
    created_at timestamptz NOT NULL
);
CREATE UNIQUE INDEX users_email_key ON users (lower(email));
SELECT amda_protect('users', 'id');

-- Before anybody is known: the one question that crosses users, answered with an id and nothing else.
CREATE FUNCTION amda_user_by_email(wanted text) RETURNS uuid
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public
    RETURN (SELECT id FROM users WHERE lower(email) = lower(wanted));

-- The user's data key, wrapped by the operator's master key.
CREATE TABLE user_keys (
    user_id uuid PRIMARY KEY REFERENCES users ON DELETE CASCADE,
    master_key_id text NOT NULL,
    wrapped bytea NOT NULL
);
SELECT amda_protect('user_keys');

-- One login on one client; its refresh tokens are a family.
CREATE TABLE logins (
    id uuid PRIMARY KEY,
    user_id uuid NOT NULL REFERENCES users ON DELETE CASCADE,
    user_agent text,
    ip_address text,
    created_at timestamptz NOT NULL,
    last_used_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    revoked_at timestamptz
);
CREATE INDEX logins_user ON logins (user_id, created_at DESC);
SELECT amda_protect('logins');

CREATE TABLE refresh_tokens (
    -- SHA-256 of the opaque token.
    token_hash bytea PRIMARY KEY,
    user_id uuid NOT NULL REFERENCES users ON DELETE CASCADE,
    login_id uuid NOT NULL REFERENCES logins ON DELETE CASCADE,
    created_at timestamptz NOT NULL,
    -- Set when it was rotated; seen again after that, it was stolen.
    used_at timestamptz
);
CREATE INDEX refresh_tokens_login ON refresh_tokens (login_id);
SELECT amda_protect('refresh_tokens');

CREATE FUNCTION amda_user_by_refresh_token(wanted bytea) RETURNS uuid
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public
    RETURN (SELECT user_id FROM refresh_tokens WHERE token_hash = wanted);

-- Which logins ended lately, of all users: ids only, for refusing their access tokens until those expire.
CREATE FUNCTION amda_logins_revoked_since(since timestamptz) RETURNS SETOF uuid
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public
BEGIN ATOMIC
    SELECT id FROM logins WHERE revoked_at >= since;
END;
CREATE INDEX logins_revoked_at ON logins (revoked_at) WHERE revoked_at IS NOT NULL;
