-- Identities whose e-mail address is a user's, and who wait for that user to say by mail that it is them.
CREATE TABLE external_link_requests (
    id uuid PRIMARY KEY,
    user_id uuid NOT NULL REFERENCES users ON DELETE CASCADE,
    issuer text NOT NULL,
    subject text NOT NULL,
    email text NOT NULL,
    requested_at timestamptz NOT NULL
);
CREATE UNIQUE INDEX external_link_requests_key ON external_link_requests (user_id, issuer, subject);
SELECT amda_protect('external_link_requests');

-- The request that a token agrees to.
ALTER TABLE mail_tokens
    ADD COLUMN external_link_request_id uuid REFERENCES external_link_requests ON DELETE CASCADE,
    DROP CONSTRAINT mail_tokens_purpose_check,
    ADD CONSTRAINT mail_tokens_purpose_check CHECK (
        purpose IN (
            'VERIFY_EMAIL', 'RESET_PASSWORD', 'CONFIRM_EMAIL_CHANGE', 'REVERT_EMAIL_CHANGE', 'CANCEL_DELETION',
            'LINK_EXTERNAL_IDENTITY'
        )
    );
CREATE INDEX mail_tokens_external_link_request ON mail_tokens (external_link_request_id)
    WHERE external_link_request_id IS NOT NULL;
