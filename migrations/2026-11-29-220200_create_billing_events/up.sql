-- Webhooks of Stripe, stored before they are answered: what each is about, in ids, and nothing of what it says, because
-- Stripe is asked for that. Nobody's rows: one may come before its customer is known here.
CREATE TABLE billing_events (
    -- Stripe's, so that one that is sent again is none.
    id text PRIMARY KEY,
    kind text NOT NULL,
    object_id text,
    customer_id text,
    -- The payment of an event that names no customer.
    charge_id text,
    api_version text,
    happened_at timestamptz NOT NULL,
    received_at timestamptz NOT NULL,
    -- ORPHANED: its customer was never known here.
    state text NOT NULL CHECK (state IN ('WAITING', 'DONE', 'IGNORED', 'ORPHANED'))
);
CREATE INDEX billing_events_received_at ON billing_events (received_at);

-- What the reconciliation found other than it was stored.
CREATE TABLE billing_drifts (
    id uuid PRIMARY KEY,
    kind text NOT NULL
        CHECK (kind IN ('LOST_CUSTOMER', 'DELETED_CUSTOMER', 'MISSED_SUBSCRIPTION', 'STATUS', 'PERIOD', 'PRICE', 'PAYMENT')),
    customer_id text NOT NULL,
    subscription_id text,
    -- Stripe's words or times.
    stored text,
    found text,
    found_at timestamptz NOT NULL
);
CREATE INDEX billing_drifts_found_at ON billing_drifts (found_at);
