-- The second factors of users: what a log-in asks for beside the password. One that is being set up waits for its first
-- code; one that is on has a time.
CREATE TABLE two_factor_methods (
    id uuid PRIMARY KEY,
    user_id uuid NOT NULL REFERENCES users ON DELETE CASCADE,
    kind text NOT NULL CHECK (kind IN ('TOTP')),
    -- The secret that an authenticator app shares, sealed with the user's key.
    sealed_secret bytea NOT NULL,
    created_at timestamptz NOT NULL,
    enabled_at timestamptz,
    -- The time step of the last code that was accepted: no code of this step or an earlier one is good again.
    last_step bigint,
    CHECK ((enabled_at IS NULL) = (last_step IS NULL))
);
CREATE INDEX two_factor_methods_user ON two_factor_methods (user_id);
-- A user has one authenticator app, and sets one up at a time.
CREATE UNIQUE INDEX two_factor_methods_totp ON two_factor_methods (user_id, (enabled_at IS NULL)) WHERE kind = 'TOTP';
SELECT amda_protect('two_factor_methods');
