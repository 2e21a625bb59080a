-- A name has at most 100 letters as a reader counts them, and a letter has at most 32 characters: an emoji of a family has
-- seven.
ALTER TABLE users DROP CONSTRAINT users_display_name_check;
ALTER TABLE users ADD CONSTRAINT users_display_name_check CHECK (length(display_name) BETWEEN 1 AND 3200);
