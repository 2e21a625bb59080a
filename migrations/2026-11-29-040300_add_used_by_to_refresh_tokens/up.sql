-- Fingerprint of the client that used the token: for some seconds the same one may use it again.
ALTER TABLE refresh_tokens ADD COLUMN used_by bytea;
