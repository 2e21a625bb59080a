ALTER TABLE nodes DROP COLUMN master_key_ids;
