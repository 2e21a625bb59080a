DELETE FROM mail_tokens WHERE purpose = 'CANCEL_DELETION';
ALTER TABLE mail_tokens
    DROP CONSTRAINT mail_tokens_purpose_check,
    ADD CONSTRAINT mail_tokens_purpose_check CHECK (
        purpose IN ('VERIFY_EMAIL', 'RESET_PASSWORD', 'CONFIRM_EMAIL_CHANGE', 'REVERT_EMAIL_CHANGE')
    );
ALTER TABLE users DROP COLUMN deletion_at;
