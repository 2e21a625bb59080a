-- What an account answers by itself; no row until the owner says something about it.
CREATE TABLE auto_reply_settings (
    account_id uuid PRIMARY KEY REFERENCES accounts ON DELETE CASCADE,
    user_id uuid NOT NULL REFERENCES users ON DELETE CASCADE,
    mode text NOT NULL CHECK (mode IN ('OFF', 'OFFLINE', 'BUSY')),
    -- Null: until the owner says otherwise.
    busy_until timestamptz CHECK (busy_until IS NULL OR mode = 'BUSY'),
    -- The words of each mode, sealed; null for those that everybody starts with.
    offline_message bytea,
    busy_message bytea,
    cooldown_minutes integer NOT NULL CHECK (cooldown_minutes BETWEEN 1 AND 10080),
    scope text NOT NULL CHECK (scope IN ('ALL', 'ONLY', 'EXCEPT')),
    -- Whom the scope names. Ids of contacts; whoever was found to be somebody else is still found by the old one.
    contact_ids uuid[] NOT NULL,
    -- A list of {weekday, from, until}, minutes by the clock of the user's time zone; empty for always.
    schedule jsonb NOT NULL,
    -- The end of the last pause of WhatsApp's that the owner was told of.
    paused_until timestamptz
);
SELECT amda_protect('auto_reply_settings');

-- What became of the answer to a message: at most one per message, whatever is delivered again.
CREATE TABLE auto_replies (
    id uuid PRIMARY KEY,
    user_id uuid NOT NULL REFERENCES users ON DELETE CASCADE,
    account_id uuid NOT NULL REFERENCES accounts ON DELETE CASCADE,
    contact_id uuid NOT NULL REFERENCES contacts ON DELETE CASCADE,
    -- The contact's message. The counts outlive it.
    message_id uuid UNIQUE REFERENCES messages ON DELETE SET NULL,
    -- Null when nothing was to be sent.
    send_id uuid REFERENCES outbox ON DELETE SET NULL,
    mode text NOT NULL CHECK (mode IN ('OFFLINE', 'BUSY')),
    -- The words of the answer, sealed.
    content bytea,
    -- Keyed fingerprints of what the contact wrote and of the answer: equal words are recognised, and not readable.
    asked bigint,
    answered bigint,
    outcome text NOT NULL CHECK (outcome IN ('QUEUED', 'SENT', 'DELIVERED', 'REJECTED', 'SKIPPED', 'FAILED')),
    -- WhatsApp's code when REJECTED, why when SKIPPED or FAILED.
    reason text,
    -- When the contact wrote, by WhatsApp's clock.
    asked_at timestamptz NOT NULL,
    -- When their message came and this was decided.
    created_at timestamptz NOT NULL,
    queued_at timestamptz,
    sent_at timestamptz,
    acked_at timestamptz,
    delivered_at timestamptz,
    settled_at timestamptz,
    CHECK ((reason IS NOT NULL) = (outcome IN ('REJECTED', 'SKIPPED', 'FAILED'))),
    CHECK ((settled_at IS NOT NULL) = (outcome IN ('REJECTED', 'SKIPPED', 'FAILED'))),
    CHECK ((delivered_at IS NOT NULL) = (outcome = 'DELIVERED')),
    CHECK ((content IS NOT NULL) = (queued_at IS NOT NULL))
);
CREATE INDEX auto_replies_page ON auto_replies (user_id, created_at DESC, id DESC);
CREATE INDEX auto_replies_account_page ON auto_replies (account_id, created_at DESC, id DESC);
-- How often and when somebody was answered.
CREATE INDEX auto_replies_contact ON auto_replies (contact_id, created_at DESC);
CREATE INDEX auto_replies_queued ON auto_replies (account_id) WHERE outcome = 'QUEUED';
CREATE UNIQUE INDEX auto_replies_send ON auto_replies (send_id) WHERE send_id IS NOT NULL;
SELECT amda_protect('auto_replies');

-- Whether the owner answered meanwhile, and what would have been answered in the last day.
CREATE INDEX messages_account_time ON messages (account_id, sent_at DESC);
