-- Browsers that a user wants to be told by, as their push services know them.
CREATE TABLE push_subscriptions (
    id uuid PRIMARY KEY,
    user_id uuid NOT NULL REFERENCES users ON DELETE CASCADE,
    -- Where it was made: when that ends, so does this.
    login_id uuid NOT NULL REFERENCES logins ON DELETE CASCADE,
    -- Keyed fingerprint of the endpoint: one that comes again is the same browser.
    endpoint_print bigint NOT NULL,
    -- Endpoint and keys, sealed.
    target bytea NOT NULL,
    user_agent text CHECK (length(user_agent) <= 500),
    created_at timestamptz NOT NULL,
    -- When its push service last took something.
    pushed_at timestamptz,
    UNIQUE (user_id, endpoint_print)
);
CREATE INDEX push_subscriptions_page ON push_subscriptions (user_id, created_at DESC, id DESC);
CREATE INDEX push_subscriptions_login ON push_subscriptions (login_id);
SELECT amda_protect('push_subscriptions');

-- What a user chose about notifications beside the switches. No row: nothing.
CREATE TABLE notification_preferences (
    user_id uuid PRIMARY KEY REFERENCES users ON DELETE CASCADE,
    push_shows_details boolean NOT NULL
);
SELECT amda_protect('notification_preferences');
