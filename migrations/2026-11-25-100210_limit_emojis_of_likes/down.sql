ALTER TABLE status_likes DROP CONSTRAINT status_likes_emoji_length;
ALTER TABLE auto_likes DROP CONSTRAINT auto_likes_emoji_length;
