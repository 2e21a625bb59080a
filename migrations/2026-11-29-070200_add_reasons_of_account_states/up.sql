-- A reason was an English sentence. It becomes one of a closed list, which clients translate, with the sentence beside it.
ALTER TABLE accounts ADD COLUMN state_message text;
ALTER TABLE connection_gaps ADD COLUMN message text;

CREATE FUNCTION amda_reason_of(message text) RETURNS text LANGUAGE sql IMMUTABLE
    RETURN CASE
        WHEN message LIKE 'all QR codes expired%' THEN 'QR_CODES_EXPIRED'
        WHEN message LIKE 'nobody typed the code%' THEN 'PAIRING_CODE_EXPIRED'
        WHEN message LIKE 'the phone''s WhatsApp is too old%' THEN 'PHONE_OUTDATED'
        WHEN message LIKE 'this phone is linked already%' THEN 'ALREADY_LINKED'
        WHEN message LIKE 'another WhatsApp account was linked%' THEN 'OTHER_OWNER'
        WHEN message LIKE 'the server restarted while it was being linked%' THEN 'LINKING_INTERRUPTED'
        WHEN message LIKE 'the account is not linked%' THEN 'NOT_LINKED'
        WHEN message LIKE 'the connection is open but nothing arrives%' THEN 'NOTHING_RECEIVED'
        WHEN message LIKE 'AMDA was not running%' THEN 'SERVER_DOWN'
        WHEN message LIKE 'it was restarted by its owner%' THEN 'RESTARTED'
        WHEN message LIKE 'the plan allows the account again%' THEN 'PLAN_ALLOWS'
        WHEN message LIKE 'the plan allows %' THEN 'PLAN_LIMIT'
        WHEN message LIKE 'another program uses this link%' THEN 'USED_ELSEWHERE'
        WHEN message LIKE 'the phone or WhatsApp removed this linked device%' THEN 'DEVICE_REMOVED'
        WHEN message LIKE 'WhatsApp locked the account%' THEN 'ACCOUNT_LOCKED'
        WHEN message LIKE 'WhatsApp refuses this version%' THEN 'CLIENT_OUTDATED'
        WHEN message LIKE 'WhatsApp refused the login%' THEN 'LOGIN_REFUSED'
        WHEN message LIKE 'the connection %' OR message LIKE 'WhatsApp ended %' THEN 'CONNECTION_LOST'
        ELSE 'OTHER'
    END;
UPDATE accounts SET state_message = state_reason, state_reason = amda_reason_of(state_reason)
    WHERE state_reason IS NOT NULL;
UPDATE connection_gaps SET message = reason, reason = amda_reason_of(reason);
DROP FUNCTION amda_reason_of(text);

-- Where the words came from WhatsApp or the network, the state says what they were about.
UPDATE accounts SET state_reason = CASE
        WHEN state = 'BANNED_UNTIL' THEN 'BANNED'
        WHEN state = 'RECONNECTING' AND state_reason IN ('LOGIN_REFUSED', 'OTHER') THEN 'CONNECTION_LOST'
        WHEN state = 'LOGGED_OUT' AND state_reason IN ('CONNECTION_LOST', 'OTHER') THEN 'DEVICE_REMOVED'
        WHEN state = 'STOPPED' AND state_reason = 'CONNECTION_LOST' THEN 'PAIRING_FAILED'
        WHEN state = 'STOPPED' AND state_reason = 'OTHER' AND linked_at IS NULL THEN 'PAIRING_FAILED'
        ELSE state_reason
    END
    WHERE state_reason IS NOT NULL;
-- How long a ban lasts is said by state_until, where WhatsApp says it.
UPDATE accounts SET state = 'BANNED' WHERE state = 'BANNED_UNTIL';
UPDATE notifications SET details = jsonb_set(details, '{state}', '"BANNED"')
    WHERE kind = 'ACCOUNT_NEEDS_ATTENTION' AND details ->> 'state' = 'BANNED_UNTIL';
UPDATE notifications SET details = jsonb_set(details, '{cause}', '"BANNED"')
    WHERE kind = 'STATUS_MISSED' AND details ->> 'cause' = 'BANNED_UNTIL';
