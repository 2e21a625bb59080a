-- One linked WhatsApp number of a user.
CREATE TABLE accounts (
    id uuid PRIMARY KEY,
    user_id uuid NOT NULL REFERENCES users ON DELETE CASCADE,
    label text CHECK (length(label) BETWEEN 1 AND 100),
    link_method text NOT NULL CHECK (link_method IN ('QR', 'PAIRING_CODE')),
    -- Digits with country code, no plus; known once linked, or asked for by a pairing code.
    phone_number text,
    lid text,
    push_name text,
    state text NOT NULL,
    state_changed_at timestamptz NOT NULL,
    -- Why, until when, which attempt: what the state's name does not say.
    state_reason text,
    state_until timestamptz,
    attempt integer,
    attempts integer,
    -- The QR text or pairing code on show, sealed: whoever reads it could link themselves.
    code bytea,
    code_expires_at timestamptz,
    created_at timestamptz NOT NULL,
    linked_at timestamptz,
    last_traffic_at timestamptz,
    -- When view-once content first came to this link; most links never get any.
    view_once_delivered_at timestamptz
);
CREATE INDEX accounts_user ON accounts (user_id, created_at, id);
SELECT amda_protect('accounts');

-- What the supervisor must run, of all users: ids only.
CREATE FUNCTION amda_accounts_to_run() RETURNS TABLE (user_id uuid, account_id uuid)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public
BEGIN ATOMIC
    SELECT accounts.user_id, accounts.id FROM accounts
    WHERE linked_at IS NOT NULL AND state NOT IN ('LOGGED_OUT', 'STOPPED', 'UNLINKED')
    ORDER BY accounts.id;
END;

-- Stretches during which an account heard nothing.
CREATE TABLE connection_gaps (
    id uuid PRIMARY KEY,
    user_id uuid NOT NULL REFERENCES users ON DELETE CASCADE,
    account_id uuid NOT NULL REFERENCES accounts ON DELETE CASCADE,
    started_at timestamptz NOT NULL,
    ended_at timestamptz CHECK (ended_at >= started_at),
    reason text NOT NULL
);
CREATE INDEX connection_gaps_account ON connection_gaps (account_id, started_at DESC, id DESC);
CREATE UNIQUE INDEX connection_gaps_open ON connection_gaps (account_id) WHERE ended_at IS NULL;
SELECT amda_protect('connection_gaps');
