-- Why a message that may have left already is not to be tried again; null while it may be.
ALTER TABLE outbox ADD COLUMN withdrawn_because text;
