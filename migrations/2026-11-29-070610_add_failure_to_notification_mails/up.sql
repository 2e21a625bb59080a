-- A client tells the user in their language why a mail failed: a code beside the English text, which stays in `reason`.
ALTER TABLE notification_mails
    ADD COLUMN failure text CHECK (failure IN ('REFUSED', 'UNWRITABLE', 'SERVER_UNAVAILABLE', 'OTHER'));
UPDATE notification_mails
SET failure = CASE
    WHEN reason LIKE 'the mail server refuses the mail for good%' THEN 'REFUSED'
    WHEN reason = 'the mail cannot be written' THEN 'UNWRITABLE'
    WHEN reason = 'the mail server took no mail for hours' THEN 'SERVER_UNAVAILABLE'
    ELSE 'OTHER'
END
WHERE reason IS NOT NULL;
