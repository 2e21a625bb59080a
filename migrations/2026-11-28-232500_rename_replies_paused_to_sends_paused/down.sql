UPDATE notifications SET kind = 'REPLIES_PAUSED' WHERE kind = 'SENDS_PAUSED';
UPDATE notification_switches SET kind = 'REPLIES_PAUSED' WHERE kind = 'SENDS_PAUSED';
