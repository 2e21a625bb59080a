-- As for likes: a code from a list, WhatsApp's code, or a cause in English. `reason` is read no more; it goes in a later
-- release, for the one before this still writes it.
ALTER TABLE auto_replies
    ADD COLUMN skip_reason text,
    -- The number with which WhatsApp refused the reply.
    ADD COLUMN whatsapp_code integer,
    -- In English, for what has neither of them.
    ADD COLUMN failure_message text,
    DROP CONSTRAINT auto_replies_check;
UPDATE auto_replies SET skip_reason = CASE reason
        WHEN 'answered by the owner' THEN 'ANSWERED_BY_OWNER'
        WHEN 'paused' THEN 'RISK_BUDGET'
        ELSE upper(replace(reason, ' ', '_'))
    END
WHERE outcome = 'SKIPPED' AND reason IN (
    'too old', 'plan', 'schedule', 'filtered', 'answered by the owner', 'cooldown', 'loop', 'paused',
    'waited too long', 'turned off', 'unlinked');
UPDATE auto_replies SET whatsapp_code = reason::integer WHERE outcome = 'REJECTED' AND reason ~ '^[0-9]{1,9}$';
UPDATE auto_replies SET outcome = 'FAILED' WHERE outcome = 'SKIPPED' AND skip_reason IS NULL;
UPDATE auto_replies SET failure_message = reason
WHERE outcome = 'FAILED' OR (outcome = 'REJECTED' AND whatsapp_code IS NULL);
ALTER TABLE auto_replies
    ADD CONSTRAINT auto_replies_skip_reason_check CHECK (skip_reason IN (
        'TOO_OLD', 'PLAN', 'SCHEDULE', 'FILTERED', 'ANSWERED_BY_OWNER', 'COOLDOWN', 'LOOP', 'RISK_BUDGET',
        'WAITED_TOO_LONG', 'TURNED_OFF', 'UNLINKED')),
    ADD CONSTRAINT auto_replies_skipped_check CHECK (skip_reason IS NULL OR outcome = 'SKIPPED'),
    ADD CONSTRAINT auto_replies_code_check CHECK (whatsapp_code IS NULL OR outcome = 'REJECTED'),
    ADD CONSTRAINT auto_replies_failure_check CHECK (failure_message IS NULL OR outcome IN ('REJECTED', 'FAILED'));
