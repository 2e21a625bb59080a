-- A client tells the user in their language why there was no response: a code beside the English text, which stays in
-- `error`.
ALTER TABLE webhook_attempts
    ADD COLUMN failure text CHECK (
        failure IN ('ADDRESS_NOT_ALLOWED', 'UNKNOWN_HOST', 'NO_CONNECTION', 'TIMED_OUT', 'TLS_FAILED', 'CONNECTION_BROKEN',
                    'OTHER')
    );
UPDATE webhook_attempts
SET failure = CASE
    WHEN error LIKE '%the public internet%' OR error LIKE 'port % is not allowed%' OR error LIKE 'the address %'
        OR error LIKE 'this is not a web address%' THEN 'ADDRESS_NOT_ALLOWED'
    WHEN error = 'the name is not known' THEN 'UNKNOWN_HOST'
    WHEN error LIKE 'no connection could be made%' THEN 'NO_CONNECTION'
    WHEN error = 'there was no answer in time' THEN 'TIMED_OUT'
    WHEN error LIKE 'TLS failed%' THEN 'TLS_FAILED'
    WHEN error LIKE 'the connection broke off%' THEN 'CONNECTION_BROKEN'
    ELSE 'OTHER'
END
WHERE error IS NOT NULL;
