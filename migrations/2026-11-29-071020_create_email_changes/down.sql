DELETE FROM mail_tokens WHERE email_change_id IS NOT NULL;
ALTER TABLE mail_tokens
    DROP COLUMN email_change_id,
    DROP CONSTRAINT mail_tokens_purpose_check,
    ADD CONSTRAINT mail_tokens_purpose_check CHECK (purpose IN ('VERIFY_EMAIL', 'RESET_PASSWORD'));
DROP FUNCTION amda_is_email_reserved(text, timestamptz, uuid);
DROP TABLE email_changes;
