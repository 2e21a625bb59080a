-- Contacts' statuses and the owner's own, each once: as unique as its message.
CREATE TABLE statuses (
    id uuid PRIMARY KEY,
    user_id uuid NOT NULL REFERENCES users ON DELETE CASCADE,
    account_id uuid NOT NULL REFERENCES accounts ON DELETE CASCADE,
    message_id uuid NOT NULL UNIQUE REFERENCES messages ON DELETE CASCADE,
    author_id uuid NOT NULL REFERENCES contacts ON DELETE CASCADE,
    kind text NOT NULL CHECK (kind IN ('TEXT', 'IMAGE', 'VIDEO', 'AUDIO', 'OTHER')),
    -- Text or caption, sealed.
    content bytea,
    media_id uuid REFERENCES media ON DELETE SET NULL,
    is_own boolean NOT NULL,
    posted_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL CHECK (expires_at > posted_at),
    deleted_at timestamptz
);
CREATE INDEX statuses_page ON statuses (user_id, posted_at DESC, id DESC);
CREATE INDEX statuses_account_page ON statuses (account_id, posted_at DESC, id DESC);
CREATE INDEX statuses_author_page ON statuses (author_id, posted_at DESC, id DESC);
CREATE INDEX statuses_media ON statuses (media_id) WHERE media_id IS NOT NULL;
SELECT amda_protect('statuses');

-- Deletions that overtook their status: the status is recorded as deleted when it comes.
CREATE TABLE status_deletions (
    user_id uuid NOT NULL REFERENCES users ON DELETE CASCADE,
    account_id uuid NOT NULL REFERENCES accounts ON DELETE CASCADE,
    author_id uuid NOT NULL REFERENCES contacts ON DELETE CASCADE,
    -- WhatsApp's id of the status.
    wa_id text NOT NULL,
    deleted_at timestamptz NOT NULL,
    PRIMARY KEY (account_id, author_id, wa_id)
);
SELECT amda_protect('status_deletions');

-- What an account does with new statuses; no row until the owner says something about it.
CREATE TABLE auto_likes (
    account_id uuid PRIMARY KEY REFERENCES accounts ON DELETE CASCADE,
    user_id uuid NOT NULL REFERENCES users ON DELETE CASCADE,
    is_enabled boolean NOT NULL,
    emoji text NOT NULL,
    scope text NOT NULL CHECK (scope IN ('ALL', 'ONLY', 'EXCEPT')),
    -- Whom the scope names. Ids of contacts; whoever was found to be somebody else is still found by the old one.
    contact_ids uuid[] NOT NULL,
    skip_muted boolean NOT NULL,
    max_per_hour integer NOT NULL CHECK (max_per_hour BETWEEN 1 AND 120),
    -- Minutes since midnight in the user's time zone; the span may go over midnight.
    quiet_from smallint CHECK (quiet_from BETWEEN 0 AND 1439),
    quiet_until smallint CHECK (quiet_until BETWEEN 0 AND 1439),
    CHECK ((quiet_from IS NULL) = (quiet_until IS NULL)),
    CHECK (quiet_from <> quiet_until)
);
SELECT amda_protect('auto_likes');

-- What became of the like of a status: at most one per status.
CREATE TABLE status_likes (
    id uuid PRIMARY KEY,
    user_id uuid NOT NULL REFERENCES users ON DELETE CASCADE,
    account_id uuid NOT NULL REFERENCES accounts ON DELETE CASCADE,
    status_id uuid NOT NULL UNIQUE REFERENCES statuses ON DELETE CASCADE,
    -- Null when nothing was to be sent, or no longer.
    send_id uuid REFERENCES outbox ON DELETE SET NULL,
    emoji text NOT NULL,
    outcome text NOT NULL CHECK (outcome IN ('QUEUED', 'SENT', 'LIKED', 'REJECTED', 'SKIPPED')),
    -- WhatsApp's code or the cause when REJECTED, why when SKIPPED.
    reason text,
    -- When the status came and this was decided.
    created_at timestamptz NOT NULL,
    queued_at timestamptz,
    sent_at timestamptz,
    settled_at timestamptz,
    CHECK ((reason IS NOT NULL) = (outcome IN ('REJECTED', 'SKIPPED'))),
    CHECK ((settled_at IS NOT NULL) = (outcome IN ('LIKED', 'REJECTED', 'SKIPPED')))
);
CREATE INDEX status_likes_page ON status_likes (user_id, created_at DESC, id DESC);
CREATE INDEX status_likes_account_page ON status_likes (account_id, created_at DESC, id DESC);
CREATE INDEX status_likes_queued ON status_likes (account_id, queued_at);
CREATE UNIQUE INDEX status_likes_send ON status_likes (send_id) WHERE send_id IS NOT NULL;
SELECT amda_protect('status_likes');

-- Whoever was found to be somebody else is looked for by the other row.
CREATE INDEX contacts_same_as ON contacts (same_as) WHERE same_as IS NOT NULL;
