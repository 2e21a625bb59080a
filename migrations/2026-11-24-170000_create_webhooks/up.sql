-- Servers of users that are told what happens. Their address is sealed like their secret: many carry a token.
CREATE TABLE webhook_endpoints (
    id uuid PRIMARY KEY,
    user_id uuid NOT NULL REFERENCES users ON DELETE CASCADE,
    url bytea NOT NULL,
    description text,
    -- Which events; null for all.
    kinds text[],
    -- Of which accounts; null for all. No reference: one that is gone matches nothing.
    account_ids uuid[],
    secret bytea NOT NULL,
    -- The secret before, which signs too until then.
    previous_secret bytea,
    previous_until timestamptz,
    -- Null while it is called.
    disabled_reason text CHECK (disabled_reason IN ('OWNER', 'GONE', 'FAILING')),
    -- Since when nothing but failure came of calling it, and the last one; null after a success.
    failing_since timestamptz,
    failed_at timestamptz,
    created_at timestamptz NOT NULL,
    CHECK ((previous_secret IS NULL) = (previous_until IS NULL)),
    CHECK ((failing_since IS NULL) = (failed_at IS NULL))
);
CREATE INDEX webhook_endpoints_user ON webhook_endpoints (user_id, created_at, id);
SELECT amda_protect('webhook_endpoints');

-- An event on its way to an endpoint, and then the log of it. Holds ids and times alone.
CREATE TABLE webhook_deliveries (
    id uuid PRIMARY KEY,
    user_id uuid NOT NULL REFERENCES users ON DELETE CASCADE,
    endpoint_id uuid NOT NULL REFERENCES webhook_endpoints ON DELETE CASCADE,
    sequence bigint NOT NULL,
    kind text NOT NULL,
    account_id uuid,
    subject_id uuid NOT NULL,
    occurred_at timestamptz NOT NULL,
    state text NOT NULL CHECK (state IN ('PENDING', 'DELIVERED', 'FAILED')),
    -- It keeps no place in the order: it was asked for again, or later events were taken while it was refused.
    is_alone boolean NOT NULL DEFAULT false,
    tries integer NOT NULL DEFAULT 0,
    next_try_at timestamptz,
    created_at timestamptz NOT NULL,
    settled_at timestamptz,
    CHECK ((state = 'PENDING') = (next_try_at IS NOT NULL)),
    CHECK ((state = 'PENDING') = (settled_at IS NULL)),
    -- An event is delivered to an endpoint once, however often it is followed. Also the order of the log.
    UNIQUE (endpoint_id, sequence)
);
CREATE INDEX webhook_deliveries_lane ON webhook_deliveries (endpoint_id, account_id, sequence)
    WHERE state = 'PENDING' AND NOT is_alone;
-- For those that are old.
CREATE INDEX webhook_deliveries_age ON webhook_deliveries (user_id, created_at);
SELECT amda_protect('webhook_deliveries');

-- Each time that an endpoint was called.
CREATE TABLE webhook_attempts (
    id uuid PRIMARY KEY,
    user_id uuid NOT NULL REFERENCES users ON DELETE CASCADE,
    delivery_id uuid NOT NULL REFERENCES webhook_deliveries ON DELETE CASCADE,
    attempted_at timestamptz NOT NULL,
    duration_ms integer NOT NULL,
    -- The HTTP status, or why there was none.
    status integer,
    error text,
    -- The first of the answer, sealed: it is somebody else's text.
    response bytea,
    CHECK ((status IS NULL) <> (error IS NULL))
);
CREATE INDEX webhook_attempts_delivery ON webhook_attempts (delivery_id, attempted_at, id);
SELECT amda_protect('webhook_attempts');
