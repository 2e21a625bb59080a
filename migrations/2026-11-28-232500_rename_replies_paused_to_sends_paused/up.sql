-- The notice is about everything that is sent, and comes whether or not anything is answered automatically.
UPDATE notifications SET kind = 'SENDS_PAUSED' WHERE kind = 'REPLIES_PAUSED';
UPDATE notification_switches SET kind = 'SENDS_PAUSED' WHERE kind = 'REPLIES_PAUSED';
