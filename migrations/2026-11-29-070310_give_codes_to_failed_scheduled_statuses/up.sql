-- A failure has a reason that programs branch on, WhatsApp's code where WhatsApp gave one, and a message for people. What
-- stood in the column of the reason was the message.
ALTER TABLE scheduled_statuses RENAME COLUMN reason TO failure_message;
ALTER TABLE scheduled_statuses RENAME COLUMN revoke_reason TO revoke_failure_message;
ALTER TABLE scheduled_statuses
    ADD COLUMN failure_reason text CHECK (failure_reason IN (
        'SERVER_DOWN', 'ACCOUNT_OFFLINE', 'ACCOUNT_UNLINKED', 'ACCOUNT_LOGGED_OUT', 'ACCOUNT_PAUSED', 'ACCOUNT_REPLACED',
        'ACCOUNT_BANNED', 'ACCOUNT_STOPPED', 'CLIENT_OUTDATED', 'SENDS_PAUSED', 'EMPTY_AUDIENCE', 'MEDIA_MISSING',
        'REJECTED', 'NOT_SENT', 'NO_ANSWER', 'SERVER_ERROR')),
    ADD COLUMN failure_code integer,
    ADD COLUMN revoke_failure_reason text CHECK (revoke_failure_reason IN ('REJECTED', 'NOT_SENT')),
    ADD COLUMN revoke_failure_code integer;

-- The messages of earlier versions. Another one is of the outbox, which sent nothing then.
UPDATE scheduled_statuses SET
    failure_reason = CASE
        WHEN failure_message = 'this server was not running at its time' THEN 'SERVER_DOWN'
        WHEN failure_message = 'the account was not online at its time' THEN 'ACCOUNT_OFFLINE'
        WHEN failure_message LIKE '%: the account is unlinked%' THEN 'ACCOUNT_UNLINKED'
        WHEN failure_message LIKE '%: the account was logged out%' THEN 'ACCOUNT_LOGGED_OUT'
        WHEN failure_message LIKE '%: the account is paused%' THEN 'ACCOUNT_PAUSED'
        WHEN failure_message LIKE '%: another program uses%' THEN 'ACCOUNT_REPLACED'
        WHEN failure_message LIKE '%: WhatsApp locked the account%' THEN 'ACCOUNT_BANNED'
        WHEN failure_message LIKE '%: the account is stopped%' THEN 'ACCOUNT_STOPPED'
        WHEN failure_message LIKE '%: WhatsApp no longer accepts this version%' THEN 'CLIENT_OUTDATED'
        WHEN failure_message LIKE 'sending is paused until %' THEN 'SENDS_PAUSED'
        WHEN failure_message LIKE 'nobody would see it%' THEN 'EMPTY_AUDIENCE'
        WHEN failure_message = 'its file is no longer kept' THEN 'MEDIA_MISSING'
        WHEN failure_message LIKE 'WhatsApp refused it with code %' THEN 'REJECTED'
        WHEN failure_message LIKE 'WhatsApp never answered%' THEN 'NO_ANSWER'
        WHEN failure_message LIKE 'something went wrong on this server%' THEN 'SERVER_ERROR'
        ELSE 'NOT_SENT'
    END,
    failure_code = coalesce(
        substring(failure_message FROM '^WhatsApp refused it with code ([0-9]{1,9})$'),
        substring(failure_message FROM '^sending is paused until .*\(([0-9]{1,9})\)$')
    )::integer
WHERE failure_message IS NOT NULL;
UPDATE scheduled_statuses SET
    revoke_failure_reason = CASE
        WHEN revoke_failure_message LIKE 'WhatsApp refused it with code %' THEN 'REJECTED'
        ELSE 'NOT_SENT'
    END,
    revoke_failure_code = substring(revoke_failure_message FROM '^WhatsApp refused it with code ([0-9]{1,9})$')::integer
WHERE revoke_failure_message IS NOT NULL;

ALTER TABLE scheduled_statuses
    ADD CHECK ((failure_reason IS NULL) = (failure_message IS NULL)),
    ADD CHECK (failure_code IS NULL OR failure_reason IS NOT NULL),
    ADD CHECK ((revoke_failure_reason IS NULL) = (revoke_failure_message IS NULL)),
    ADD CHECK (revoke_failure_code IS NULL OR revoke_failure_reason IS NOT NULL);
