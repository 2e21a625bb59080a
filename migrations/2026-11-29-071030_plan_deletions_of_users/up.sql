-- Users who asked to be deleted, and have until then to take it back.
ALTER TABLE users ADD COLUMN deletion_at timestamptz;
ALTER TABLE mail_tokens
    DROP CONSTRAINT mail_tokens_purpose_check,
    ADD CONSTRAINT mail_tokens_purpose_check CHECK (
        purpose IN (
            'VERIFY_EMAIL', 'RESET_PASSWORD', 'CONFIRM_EMAIL_CHANGE', 'REVERT_EMAIL_CHANGE', 'CANCEL_DELETION'
        )
    );
