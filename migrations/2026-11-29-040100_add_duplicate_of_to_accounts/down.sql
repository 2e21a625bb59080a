ALTER TABLE accounts DROP COLUMN duplicate_of;
