UPDATE users SET display_name = left(display_name, 100) WHERE length(display_name) > 100;
ALTER TABLE users DROP CONSTRAINT users_display_name_check;
ALTER TABLE users ADD CONSTRAINT users_display_name_check CHECK (length(display_name) BETWEEN 1 AND 100);
