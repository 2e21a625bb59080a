UPDATE auto_replies SET reason = CASE outcome
        WHEN 'SKIPPED' THEN coalesce(CASE skip_reason
            WHEN 'ANSWERED_BY_OWNER' THEN 'answered by the owner'
            WHEN 'RISK_BUDGET' THEN 'paused'
            ELSE lower(replace(skip_reason, '_', ' '))
        END, reason)
        WHEN 'REJECTED' THEN coalesce(whatsapp_code::text, failure_message, reason)
        WHEN 'FAILED' THEN coalesce(failure_message, reason)
    END;
ALTER TABLE auto_replies
    DROP COLUMN skip_reason,
    DROP COLUMN whatsapp_code,
    DROP COLUMN failure_message,
    ADD CONSTRAINT auto_replies_check
        CHECK ((reason IS NOT NULL) = (outcome IN ('REJECTED', 'SKIPPED', 'FAILED')));
