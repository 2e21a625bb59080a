-- One emoji is short; longer texts are not taken.
ALTER TABLE auto_likes ADD CONSTRAINT auto_likes_emoji_length CHECK (octet_length(emoji) <= 64);
ALTER TABLE status_likes ADD CONSTRAINT status_likes_emoji_length CHECK (octet_length(emoji) <= 64);
