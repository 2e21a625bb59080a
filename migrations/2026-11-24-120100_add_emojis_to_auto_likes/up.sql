-- Another emoji for some contacts: a list of {contact, emoji}, at most one each.
ALTER TABLE auto_likes ADD COLUMN contact_emojis jsonb NOT NULL DEFAULT '[]';
