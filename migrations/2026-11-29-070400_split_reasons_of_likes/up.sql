-- The reason of a like is a code from a list, WhatsApp's code, or a cause in English; until now one text held all three.
-- What could not be sent is FAILED, as a reply is, and no longer REJECTED. `reason` is read no more; it goes in a later
-- release, for the one before this still writes it.
ALTER TABLE status_likes
    ADD COLUMN skip_reason text,
    -- The number with which WhatsApp refused the like.
    ADD COLUMN whatsapp_code integer,
    -- In English, for what has neither of them.
    ADD COLUMN failure_message text,
    DROP CONSTRAINT status_likes_outcome_check,
    DROP CONSTRAINT status_likes_check,
    DROP CONSTRAINT status_likes_check1;
UPDATE status_likes SET skip_reason = upper(replace(reason, ' ', '_'))
WHERE outcome = 'SKIPPED' AND reason IN (
    'deleted', 'too old', 'muted contact', 'plan', 'filtered', 'quiet hours', 'hourly limit', 'already reacted',
    'risk budget', 'waited too long', 'turned off', 'unlinked');
UPDATE status_likes SET whatsapp_code = reason::integer WHERE outcome = 'REJECTED' AND reason ~ '^[0-9]{1,9}$';
UPDATE status_likes SET outcome = 'FAILED', failure_message = regexp_replace(reason, '^failed: ', '')
WHERE (outcome = 'REJECTED' AND starts_with(reason, 'failed: ')) OR (outcome = 'SKIPPED' AND skip_reason IS NULL);
UPDATE status_likes SET failure_message = reason WHERE outcome = 'REJECTED' AND whatsapp_code IS NULL;
-- A send that is being withdrawn names the reason as the like does.
UPDATE outbox SET withdrawn_because = upper(replace(withdrawn_because, ' ', '_')) WHERE withdrawn_because IS NOT NULL;
ALTER TABLE status_likes
    ADD CONSTRAINT status_likes_outcome_check
        CHECK (outcome IN ('QUEUED', 'SENT', 'LIKED', 'REJECTED', 'SKIPPED', 'FAILED')),
    ADD CONSTRAINT status_likes_settled_check
        CHECK ((settled_at IS NOT NULL) = (outcome IN ('LIKED', 'REJECTED', 'SKIPPED', 'FAILED'))),
    ADD CONSTRAINT status_likes_skip_reason_check CHECK (skip_reason IN (
        'DELETED', 'TOO_OLD', 'MUTED_CONTACT', 'PLAN', 'FILTERED', 'QUIET_HOURS', 'HOURLY_LIMIT', 'ALREADY_REACTED',
        'RISK_BUDGET', 'WAITED_TOO_LONG', 'TURNED_OFF', 'UNLINKED')),
    ADD CONSTRAINT status_likes_skipped_check CHECK (skip_reason IS NULL OR outcome = 'SKIPPED'),
    ADD CONSTRAINT status_likes_code_check CHECK (whatsapp_code IS NULL OR outcome = 'REJECTED'),
    ADD CONSTRAINT status_likes_failure_check CHECK (failure_message IS NULL OR outcome IN ('REJECTED', 'FAILED'));
