ALTER TABLE auto_likes DROP COLUMN contact_emojis;
