DELETE FROM mail_tokens WHERE purpose = 'LINK_EXTERNAL_IDENTITY';
ALTER TABLE mail_tokens
    DROP COLUMN external_link_request_id,
    DROP CONSTRAINT mail_tokens_purpose_check,
    ADD CONSTRAINT mail_tokens_purpose_check CHECK (
        purpose IN (
            'VERIFY_EMAIL', 'RESET_PASSWORD', 'CONFIRM_EMAIL_CHANGE', 'REVERT_EMAIL_CHANGE', 'CANCEL_DELETION'
        )
    );
DROP TABLE external_link_requests;
