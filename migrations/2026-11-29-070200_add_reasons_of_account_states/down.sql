UPDATE notifications SET details = jsonb_set(details, '{cause}', '"BANNED_UNTIL"')
    WHERE kind = 'STATUS_MISSED' AND details ->> 'cause' = 'BANNED';
UPDATE notifications SET details = jsonb_set(details, '{state}', '"BANNED_UNTIL"')
    WHERE kind = 'ACCOUNT_NEEDS_ATTENTION' AND details ->> 'state' = 'BANNED';
UPDATE accounts SET state = 'BANNED_UNTIL' WHERE state = 'BANNED';
UPDATE accounts SET state_reason = coalesce(state_message, state_reason);
UPDATE connection_gaps SET reason = coalesce(message, reason);
ALTER TABLE connection_gaps DROP COLUMN message;
ALTER TABLE accounts DROP COLUMN state_message;
