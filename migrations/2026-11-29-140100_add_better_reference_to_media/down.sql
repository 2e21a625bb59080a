ALTER TABLE media DROP COLUMN better_reference;
