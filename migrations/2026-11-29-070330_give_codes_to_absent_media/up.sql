-- Content that is not there has a reason that programs branch on, and a message for people. What stood in the column of
-- the reason was the message.
ALTER TABLE media RENAME COLUMN state_reason TO state_message;
ALTER TABLE media ADD COLUMN state_reason text CHECK (state_reason IN (
    'NO_LONGER_SERVED', 'TOO_LARGE', 'DAMAGED', 'STORAGE_FULL', 'UNREACHABLE'));

-- The messages of earlier versions; the last one is of a file that was tried several times.
UPDATE media SET state_reason = CASE
    WHEN state_message LIKE 'WhatsApp no longer serves%' THEN 'NO_LONGER_SERVED'
    WHEN state_message LIKE 'the file is larger than%' THEN 'TOO_LARGE'
    WHEN state_message LIKE 'what WhatsApp served is not%' THEN 'DAMAGED'
    WHEN state_message LIKE 'the plan''s % MiB of media storage are full%' THEN 'STORAGE_FULL'
    ELSE 'UNREACHABLE'
END
WHERE state_message IS NOT NULL;

ALTER TABLE media ADD CHECK ((state_reason IS NULL) = (state_message IS NULL));
