-- The customer that a user is at Stripe: one a user. The row is written before Stripe is asked, so that a crash in between
-- leaves the key by which the question can be repeated.
CREATE TABLE billing_customers (
    user_id uuid PRIMARY KEY REFERENCES users ON DELETE CASCADE,
    -- The attempt to make the customer, of which the key of the call to Stripe is made.
    attempt_id uuid NOT NULL,
    -- Null until Stripe has answered.
    stripe_id text UNIQUE,
    -- Stripe said that the customer was deleted there.
    is_deleted boolean NOT NULL DEFAULT false,
    -- SHA-256 of the e-mail address that Stripe was told.
    told_email_hash bytea CHECK (length(told_email_hash) = 32),
    -- The number of times that Stripe was asked for everything of the customer: of two answers the later question counts.
    looks bigint NOT NULL DEFAULT 0,
    -- Time of the last answer.
    checked_at timestamptz,
    created_at timestamptz NOT NULL
);
SELECT amda_protect('billing_customers');

-- A webhook names a customer before anybody knows whose it is: answered with an id and nothing else.
CREATE FUNCTION amda_user_by_stripe_customer(wanted text) RETURNS uuid
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public
    RETURN (SELECT user_id FROM billing_customers WHERE stripe_id = wanted);

-- The users who are customers: ids only, for the reconciliation with Stripe.
CREATE FUNCTION amda_customers_after(behind uuid, most integer) RETURNS SETOF uuid
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public
BEGIN ATOMIC
    SELECT user_id FROM billing_customers WHERE behind IS NULL OR user_id > behind ORDER BY user_id LIMIT most;
END;

-- A page of Stripe's on which a user can buy. Its address is not kept: Stripe is asked for it again.
CREATE TABLE billing_checkouts (
    -- Also the key of the call to Stripe.
    id uuid PRIMARY KEY,
    user_id uuid NOT NULL REFERENCES users ON DELETE CASCADE,
    -- SHA-256 of the price and the addresses to return to.
    choice_hash bytea NOT NULL CHECK (length(choice_hash) = 32),
    -- Null until Stripe has answered.
    stripe_id text UNIQUE,
    created_at timestamptz NOT NULL
);
CREATE INDEX billing_checkouts_user ON billing_checkouts (user_id, created_at, id);
SELECT amda_protect('billing_checkouts');

-- What Stripe said of a subscription, and what follows from it.
CREATE TABLE billing_subscriptions (
    id uuid PRIMARY KEY,
    user_id uuid NOT NULL REFERENCES users ON DELETE CASCADE,
    stripe_id text NOT NULL UNIQUE,
    -- In Stripe's words, also those that are not known here.
    status text NOT NULL,
    -- Null when the price is none that gives Premium.
    billing_interval text CHECK (billing_interval IN ('MONTHLY', 'YEARLY')),
    amount bigint,
    currency text NOT NULL,
    period_starts_at timestamptz NOT NULL,
    period_ends_at timestamptz NOT NULL,
    trial_ends_at timestamptz,
    cancels_at timestamptz,
    ended_at timestamptz,
    -- Since when its payment fails.
    failing_since timestamptz,
    -- An invoice of it was paid, be it one of nothing.
    was_paid boolean NOT NULL,
    -- What became of the last payment.
    last_payment text NOT NULL CHECK (last_payment IN ('NONE', 'KEPT', 'REFUNDED', 'DISPUTED', 'DISPUTE_LOST')),
    -- By the last look at it.
    gives_premium boolean NOT NULL,
    created_at timestamptz NOT NULL
);
CREATE INDEX billing_subscriptions_user ON billing_subscriptions (user_id, created_at, id);
SELECT amda_protect('billing_subscriptions');

CREATE TABLE billing_invoices (
    id uuid PRIMARY KEY,
    user_id uuid NOT NULL REFERENCES users ON DELETE CASCADE,
    subscription_id uuid NOT NULL REFERENCES billing_subscriptions ON DELETE CASCADE,
    stripe_id text NOT NULL UNIQUE,
    number text,
    state text NOT NULL CHECK (state IN ('DRAFT', 'OPEN', 'PAID', 'UNCOLLECTIBLE', 'VOID', 'OTHER')),
    total bigint NOT NULL,
    paid bigint NOT NULL,
    refunded bigint NOT NULL,
    currency text NOT NULL,
    period_starts_at timestamptz NOT NULL,
    period_ends_at timestamptz NOT NULL,
    -- Sealed: whoever has the address sees the invoice.
    hosted_url bytea,
    pdf_url bytea,
    created_at timestamptz NOT NULL
);
CREATE INDEX billing_invoices_user ON billing_invoices (user_id, created_at, id);
CREATE INDEX billing_invoices_subscription ON billing_invoices (subscription_id);
SELECT amda_protect('billing_invoices');
