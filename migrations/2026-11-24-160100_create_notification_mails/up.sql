-- Mails about notifications: one of a kind gathers at a time, and its id, chosen here, is its Message-ID at each try.
CREATE TABLE notification_mails (
    id uuid PRIMARY KEY,
    user_id uuid NOT NULL REFERENCES users ON DELETE CASCADE,
    kind text NOT NULL,
    state text NOT NULL CHECK (state IN ('GATHERING', 'SENDING', 'SENT', 'FAILED')),
    -- Why it failed, in words for the user that name nobody.
    reason text,
    created_at timestamptz NOT NULL,
    -- When it stopped gathering.
    closed_at timestamptz CHECK ((closed_at IS NULL) = (state = 'GATHERING')),
    settled_at timestamptz CHECK ((settled_at IS NOT NULL) = (state IN ('SENT', 'FAILED')))
);
CREATE UNIQUE INDEX notification_mails_gathering ON notification_mails (user_id, kind) WHERE state = 'GATHERING';
CREATE INDEX notification_mails_settled ON notification_mails (user_id, settled_at DESC);
SELECT amda_protect('notification_mails');

-- What a mail tells of.
CREATE TABLE notification_mail_items (
    notification_id uuid PRIMARY KEY REFERENCES notifications ON DELETE CASCADE,
    user_id uuid NOT NULL REFERENCES users ON DELETE CASCADE,
    mail_id uuid NOT NULL REFERENCES notification_mails ON DELETE CASCADE
);
CREATE INDEX notification_mail_items_mail ON notification_mail_items (mail_id);
SELECT amda_protect('notification_mail_items');
