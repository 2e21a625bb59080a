ALTER TABLE status_likes
    DROP CONSTRAINT status_likes_outcome_check,
    DROP CONSTRAINT status_likes_settled_check,
    DROP CONSTRAINT status_likes_skip_reason_check,
    DROP CONSTRAINT status_likes_skipped_check,
    DROP CONSTRAINT status_likes_code_check,
    DROP CONSTRAINT status_likes_failure_check;
UPDATE outbox SET withdrawn_because = lower(replace(withdrawn_because, '_', ' ')) WHERE withdrawn_because IS NOT NULL;
UPDATE status_likes SET reason = CASE outcome
        WHEN 'SKIPPED' THEN coalesce(lower(replace(skip_reason, '_', ' ')), reason)
        WHEN 'REJECTED' THEN coalesce(whatsapp_code::text, failure_message, reason)
        ELSE 'failed: ' || failure_message
    END
WHERE outcome IN ('SKIPPED', 'REJECTED', 'FAILED');
UPDATE status_likes SET outcome = 'REJECTED' WHERE outcome = 'FAILED';
UPDATE status_likes SET reason = NULL WHERE outcome IN ('QUEUED', 'SENT', 'LIKED');
ALTER TABLE status_likes
    DROP COLUMN skip_reason,
    DROP COLUMN whatsapp_code,
    DROP COLUMN failure_message,
    ADD CONSTRAINT status_likes_outcome_check
        CHECK (outcome IN ('QUEUED', 'SENT', 'LIKED', 'REJECTED', 'SKIPPED')),
    ADD CONSTRAINT status_likes_check CHECK ((reason IS NOT NULL) = (outcome IN ('REJECTED', 'SKIPPED'))),
    ADD CONSTRAINT status_likes_check1
        CHECK ((settled_at IS NOT NULL) = (outcome IN ('LIKED', 'REJECTED', 'SKIPPED')));
