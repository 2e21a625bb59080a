-- What is to be sent to WhatsApp: written with the change that wants it, sent after commit, settled by the ack.
CREATE TABLE outbox (
    id uuid PRIMARY KEY,
    user_id uuid NOT NULL REFERENCES users ON DELETE CASCADE,
    account_id uuid NOT NULL REFERENCES accounts ON DELETE CASCADE,
    kind text NOT NULL CHECK (kind IN ('REACTION', 'TEXT', 'STATUS', 'REVOKE')),
    -- Chosen before sending, so that a crash in between cannot send twice.
    wa_id text NOT NULL,
    -- What to send and to whom, sealed.
    payload bytea NOT NULL,
    state text NOT NULL CHECK (state IN ('QUEUED', 'SENT', 'ACKED', 'REJECTED', 'FAILED')),
    -- WhatsApp's code when REJECTED, the cause when FAILED.
    reason text,
    attempts integer NOT NULL DEFAULT 0,
    send_at timestamptz NOT NULL,
    sent_at timestamptz,
    settled_at timestamptz,
    created_at timestamptz NOT NULL
);
CREATE UNIQUE INDEX outbox_wa_key ON outbox (account_id, wa_id);
CREATE INDEX outbox_due ON outbox (account_id, send_at, id) WHERE state = 'QUEUED';
CREATE INDEX outbox_sent ON outbox (account_id, sent_at);
SELECT amda_protect('outbox');

-- While set, nothing automatic is sent for the account: WhatsApp said to wait.
ALTER TABLE accounts ADD COLUMN sends_paused_until timestamptz;
ALTER TABLE accounts ADD COLUMN sends_paused_reason text;
