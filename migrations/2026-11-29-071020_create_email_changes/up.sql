-- Changes of users' e-mail addresses. One waits for its confirmation; those that took place can be taken back for a time,
-- in which nobody else can register the old address.
CREATE TABLE email_changes (
    id uuid PRIMARY KEY,
    user_id uuid NOT NULL REFERENCES users ON DELETE CASCADE,
    old_email text NOT NULL,
    new_email text NOT NULL,
    requested_at timestamptz NOT NULL,
    confirmed_at timestamptz,
    revertible_until timestamptz CHECK ((revertible_until IS NULL) = (confirmed_at IS NULL))
);
CREATE UNIQUE INDEX email_changes_pending ON email_changes (user_id) WHERE confirmed_at IS NULL;
CREATE INDEX email_changes_user ON email_changes (user_id, id);
CREATE INDEX email_changes_reserved ON email_changes (lower(old_email COLLATE "C"), revertible_until)
    WHERE confirmed_at IS NOT NULL;
SELECT amda_protect('email_changes');

-- Before anybody is known: whether another user may take this address back.
CREATE FUNCTION amda_is_email_reserved(wanted text, at timestamptz, claimant uuid) RETURNS boolean
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public
    RETURN EXISTS (
        SELECT FROM email_changes
        WHERE lower(old_email COLLATE "C") = lower(wanted COLLATE "C") AND confirmed_at IS NOT NULL
            AND revertible_until > at AND user_id <> claimant
    );

-- The change that a token confirms or takes back.
ALTER TABLE mail_tokens
    ADD COLUMN email_change_id uuid REFERENCES email_changes ON DELETE CASCADE,
    DROP CONSTRAINT mail_tokens_purpose_check,
    ADD CONSTRAINT mail_tokens_purpose_check CHECK (
        purpose IN ('VERIFY_EMAIL', 'RESET_PASSWORD', 'CONFIRM_EMAIL_CHANGE', 'REVERT_EMAIL_CHANGE')
    );
CREATE INDEX mail_tokens_email_change ON mail_tokens (email_change_id) WHERE email_change_id IS NOT NULL;
