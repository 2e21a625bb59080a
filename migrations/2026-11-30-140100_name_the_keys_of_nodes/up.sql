-- The master keys that a server holds: no key wraps anything before all servers that run can open it. None of a server of the
-- release before, which does not say.
ALTER TABLE nodes ADD COLUMN master_key_ids text[];
