-- Clients translate a code; the words stay in `reason`, which the previous release goes on writing alone.
ALTER TABLE view_once_messages ADD COLUMN reason_code text
    CHECK (reason_code IN ('QUOTA_EXHAUSTED', 'TURNED_OFF', 'EXPIRED', 'FETCH_FAILED'));
UPDATE view_once_messages SET reason_code = CASE
        WHEN outcome = 'QUOTA_EXHAUSTED' THEN 'QUOTA_EXHAUSTED'
        WHEN reason = 'capturing was turned off before the content came' THEN 'TURNED_OFF'
        WHEN reason = 'WhatsApp no longer serves the file' THEN 'EXPIRED'
        ELSE 'FETCH_FAILED'
    END
    WHERE outcome IN ('QUOTA_EXHAUSTED', 'FAILED');
